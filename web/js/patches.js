/** P: refine the flawed patches of the upsampled coarse alpha at the frame's own size, as `PatchRefinement`. */

import { resizeLinear } from "./resample.js";

const REACH = 15; // radius of PatchNet's receptive field in pixels
const GRID = 4; // PatchNet folds 2 x 2 pixels and strides by 2
const AT_ONCE = 16; // patches in a batch, which bounds memory

/** @typedef {import("./coarse.js").Picture} Picture */
/** @typedef {{data: Float32Array, width: number, height: number}} Matte - alpha in [0, 1] */

/**
 * @param {Picture} frame
 * @param {Matte} coarse
 * @param {Float32Array} flaws - (k, k)
 * @param {number} xi
 * @param {(patches: Float32Array, count: number, height: number, width: number) => Promise<Float32Array>} patchNet
 * @returns {Promise<{alpha: Float32Array, refined: number}>} - alpha (H, W), and the number of refined patches
 */
export async function refine(frame, coarse, flaws, xi, patchNet) {
  const { width, height } = frame;
  const alpha = resizeLinear(coarse.data, coarse.width, coarse.height, width, height);
  const k = Math.sqrt(flaws.length);
  const [patchHeight, patchWidth] = [Math.ceil(height / k), Math.ceil(width / k)];
  const chosen = [...flaws.keys()].filter((i) => flaws[i] > xi);
  const [cropHeight, cropWidth] = [sideOf(patchHeight), sideOf(patchWidth)];
  /** @type {Float32Array[]} */
  const better = [];
  for (let start = 0; start < chosen.length; start += AT_ONCE) {
    const part = chosen.slice(start, start + AT_ONCE);
    const crops = new Float32Array(part.length * 4 * cropHeight * cropWidth);
    part.forEach((place, n) => {
      const [top, left] = [Math.floor(place / k) * patchHeight, (place % k) * patchWidth];
      const crop = crops.subarray(n * 4 * cropHeight * cropWidth, (n + 1) * 4 * cropHeight * cropWidth);
      cut(frame, alpha, startOf(top), startOf(left), cropHeight, cropWidth, crop);
    });
    better.push(await patchNet(crops, part.length, cropHeight, cropWidth));
  }
  // written after all crops are taken; otherwise some crops would contain refined neighbours
  chosen.forEach((place, n) => {
    const [top, left] = [Math.floor(place / k) * patchHeight, (place % k) * patchWidth];
    const batch = better[Math.floor(n / AT_ONCE)];
    const from = (n % AT_ONCE) * cropHeight * cropWidth + (top - startOf(top)) * cropWidth + left - startOf(left);
    const columns = Math.min(patchWidth, width - left); // patches at the right and lower edge may extend past the frame
    for (let y = 0; y < Math.min(patchHeight, height - top) && columns > 0; y++) {
      const row = from + y * cropWidth;
      alpha.set(batch.subarray(row, row + columns), (top + y) * width + left);
    }
  });
  return { alpha, refined: chosen.length };
}

/** @param {number} first */
const startOf = (first) => Math.floor((first - REACH) / GRID) * GRID;

/** @param {number} side */
const sideOf = (side) => Math.ceil((side + 2 * REACH + GRID - 1) / GRID) * GRID;

/**
 * A crop as planes in [0, 1], RGB and alpha; past the frame it repeats the last pixel.
 * @param {Picture} frame
 * @param {Float32Array} alpha
 * @param {number} top
 * @param {number} left
 * @param {number} height
 * @param {number} width
 * @param {Float32Array} crop - written, (4, height, width)
 */
function cut(frame, alpha, top, left, height, width, crop) {
  const plane = height * width;
  for (let y = 0, to = 0; y < height; y++) {
    const row = Math.min(Math.max(top + y, 0), frame.height - 1) * frame.width;
    for (let x = 0; x < width; x++, to++) {
      const from = row + Math.min(Math.max(left + x, 0), frame.width - 1);
      for (let channel = 0; channel < 3; channel++) crop[to + channel * plane] = frame.data[4 * from + channel] / 255;
      crop[to + 3 * plane] = alpha[from];
    }
  }
}
