/** Fills the memory before the first frame: as the kit's `warm_up.py`. */

import { roundToEven } from "./numbers.js";

const SECONDS = 1;
const FRAMES = 12; // frames spread over the first second; they are in memory together

/** @typedef {import("./coarse.js").Picture} Picture */

/**
 * Run a session over the first second of a video, backwards, so that its next frame is the first.
 * @param {import("./session.js").MattingSession} session
 * @param {AsyncIterable<{timestamp: number}>} samples - from the beginning
 * @param {(sample: any) => Picture} picture - reads a sample, and closes it
 * @param {number} rate - average frames per second
 */
export async function warmUp(session, samples, picture, rate) {
  const step = Math.max(1, roundToEven((rate * SECONDS) / FRAMES));
  /** @type {Picture[]} */
  const ahead = [];
  let [begin, index] = [NaN, 0];
  try {
    for await (const sample of samples) {
      if (index === 0) begin = sample.timestamp;
      const isOver = sample.timestamp - begin >= SECONDS || ahead.length > FRAMES;
      const frame = picture(sample);
      if (isOver) break;
      if (index++ % step === 0) ahead.push(frame);
    }
  } catch {
    // the conversion itself reports where the video breaks off
  }
  for (const frame of ahead.slice(1).reverse()) await session.step(frame);
}
