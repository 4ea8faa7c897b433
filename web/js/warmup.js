/** Reads what fills the memory before the first frame: as the kit's `warm_up.py`. */

import { roundToEven } from "./numbers.js";

const SECONDS = 1;
const FRAMES = 12; // frames spread over the first second; they are in memory together

/** @typedef {import("./coarse.js").Picture} Picture */

/**
 * Frames of the first second after the first, the last one first: a session that has seen them goes on with the first.
 * @param {AsyncIterable<{timestamp: number, close: () => void}>} samples - from the beginning
 * @param {(sample: any) => Picture} read - reads a sample, and closes it
 * @param {number} rate - average frames per second
 * @returns {Promise<Picture[]>}
 */
export async function firstSecond(samples, read, rate) {
  const step = Math.max(1, roundToEven((rate * SECONDS) / FRAMES));
  /** @type {Picture[]} */
  const ahead = [];
  let [begin, index] = [NaN, 0];
  try {
    for await (const sample of samples) {
      if (index === 0) begin = sample.timestamp;
      const isOver = sample.timestamp - begin >= SECONDS || ahead.length === FRAMES;
      if (!isOver && index > 0 && index % step === 0) ahead.push(read(sample));
      else sample.close();
      if (isOver) break;
      index++;
    }
  } catch {
    // the conversion itself reports where the video breaks off
  }
  return ahead.reverse();
}
