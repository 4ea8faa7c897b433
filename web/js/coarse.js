/** The networks' input: the frame at the coarse size, with even sides, as planes in [0, 1]. */

import { roundToEven } from "./numbers.js";
import { antialiasTaps } from "./resample.js";

export const MIN_SIDE = 32; // the encoder's total stride

/** @typedef {import("./resample.js").Taps} Taps */
/** @typedef {{data: Uint8ClampedArray | Uint8Array, width: number, height: number}} Picture - RGBA, as in ImageData */

/**
 * The size at which the networks see a frame, as `MODNetV.coarse_shape`.
 * @param {number} width
 * @param {number} height
 * @param {number} longest
 * @returns {[number, number]} - width and height
 */
export function coarseSize(width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.max(MIN_SIDE, roundToEven(width * scale)), Math.max(MIN_SIDE, roundToEven(height * scale))];
}

/**
 * RGB as planes in [0, 1], (3, height, width), with odd sides made even by repeating the last row or column.
 * @param {Picture} frame
 * @param {number} width - of the coarse frame
 * @param {number} height
 * @returns {{planes: Float32Array, width: number, height: number}}
 */
export function coarseInput(frame, width, height) {
  const small = frame.width === width && frame.height === height ? frame : shrink(frame, width, height);
  const [evenWidth, evenHeight] = [width + (width % 2), height + (height % 2)];
  const planes = new Float32Array(3 * evenWidth * evenHeight);
  for (let channel = 0, to = 0; channel < 3; channel++) {
    for (let y = 0; y < evenHeight; y++) {
      const row = Math.min(y, height - 1) * width;
      for (let x = 0; x < evenWidth; x++, to++) {
        planes[to] = small.data[4 * (row + Math.min(x, width - 1)) + channel] / 255;
      }
    }
  }
  return { planes, width: evenWidth, height: evenHeight };
}

/**
 * Shrink to 8 bits with PyTorch's filter, whose weights are whole numbers: the result is the same to the bit.
 * @param {Picture} frame
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
export function shrink(frame, width, height) {
  const columns = wholeTaps(antialiasTaps(frame.width, width));
  const rows = wholeTaps(antialiasTaps(frame.height, height));
  const narrow = frame.width === width ? frame.data : new Uint8Array(4 * width * frame.height);
  if (narrow !== frame.data) {
    for (let y = 0; y < frame.height; y++) {
      const row = y * frame.width;
      for (let x = 0; x < width; x++) {
        filter(frame.data, 4 * (row + columns.first[x]), 4, columns, x, narrow, 4 * (y * width + x));
      }
    }
  }
  if (frame.height === height) return { data: narrow, width, height };
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      filter(narrow, 4 * (rows.first[y] * width + x), 4 * width, rows, y, data, 4 * (y * width + x));
    }
  }
  return { data, width, height };
}

/** @typedef {{first: Int32Array, size: number, weights: Int32Array, bits: number}} WholeTaps */

/**
 * Weights as whole numbers below 2^15, as large as they can be.
 * @param {Taps} taps
 * @returns {WholeTaps}
 */
function wholeTaps({ first, size, weights }) {
  const most = Math.max(...weights);
  let bits = 0;
  while (bits < 22 && Math.trunc(0.5 + most * 2 ** (bits + 1)) < 2 ** 15) bits++;
  return { first, size, weights: Int32Array.from(weights, (weight) => Math.trunc(0.5 + weight * 2 ** bits)), bits };
}

/**
 * Write one output pixel, three channels.
 * @param {ArrayLike<number>} from
 * @param {number} start
 * @param {number} step
 * @param {WholeTaps} taps
 * @param {number} output
 * @param {Uint8Array | Uint8ClampedArray} to
 * @param {number} place
 */
function filter(from, start, step, taps, output, to, place) {
  const half = 1 << (taps.bits - 1);
  let [red, green, blue] = [half, half, half];
  for (let n = 0, at = start, w = output * taps.size; n < taps.size; n++, at += step, w++) {
    const weight = taps.weights[w];
    red += weight * from[at];
    green += weight * from[at + 1];
    blue += weight * from[at + 2];
  }
  to[place] = Math.min(255, red >> taps.bits);
  to[place + 1] = Math.min(255, green >> taps.bits);
  to[place + 2] = Math.min(255, blue >> taps.bits);
}
