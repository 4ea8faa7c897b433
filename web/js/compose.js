/** The person on a new background, without a halo of the old one where that is known. */

import { boxBlur } from "./plate.js";
import { resizeArea, resizeLinear } from "./resample.js";

const LAMBDA = 0.02; // regularises the division by alpha, which amplifies noise where alpha is small
const SMALL = 128; // long side in pixels at which the background is blurred

/** @typedef {import("./coarse.js").Picture} Picture */
/** @typedef {import("./plate.js").CleanPlate} CleanPlate */

/**
 * RGBA of the size of the frame.
 *
 * Where the restored background B is known, the foreground is F = I + g (1 - alpha) (I - B) with
 * g = alpha / (alpha^2 + lambda (1 - alpha)), as in the kit's `foreground.py`; elsewhere F = I.
 * @param {Picture} frame - I
 * @param {Float32Array} alpha - (H, W)
 * @param {CleanPlate} plate
 * @param {Picture | null} behind - of the same size; null keeps the person on transparency
 * @returns {Uint8ClampedArray<ArrayBuffer>}
 */
export function compose(frame, alpha, plate, behind) {
  const [I, B] = [frame.data, plate.data];
  const out = new Uint8ClampedArray(4 * alpha.length);
  for (let i = 0, at = 0; i < alpha.length; i++, at += 4) {
    const a = alpha[i];
    const isOutside = a < 1 / 512;
    if (isOutside && !behind) continue;
    out[at + 3] = behind ? 255 : Math.round(255 * a);
    const gain = plate.trusted[i] && a < 1 ? (a / (a * a + LAMBDA * (1 - a))) * (1 - a) : 0;
    for (let channel = at; channel < at + 3; channel++) {
      if (isOutside) out[channel] = /** @type {Picture} */ (behind).data[channel];
      else {
        const F = Math.min(255, Math.max(0, I[channel] + gain * (I[channel] - B[channel])));
        out[channel] = behind ? a * F + (1 - a) * behind.data[channel] : F;
      }
    }
  }
  return out;
}

/**
 * The frame's background, blurred, without the person's colours.
 * @param {Picture} frame
 * @param {Float32Array} alpha - (H, W)
 * @returns {Picture}
 */
export function blurred(frame, alpha) {
  const step = Math.max(1, Math.floor(Math.max(frame.width, frame.height) / 512)); // a few pixels are enough
  const [width, height] = [Math.ceil(frame.width / step), Math.ceil(frame.height / step)];
  const planes = [0, 1, 2, 3].map(() => new Float32Array(width * height));
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const from = step * (y * frame.width + x);
      const weight = Math.max(1 - alpha[from], 1e-3) ** 2; // a minimum keeps colours behind a large person defined
      planes[3][to] = weight;
      for (let channel = 0; channel < 3; channel++) planes[channel][to] = weight * frame.data[4 * from + channel];
    }
  }
  const shrink = Math.max(1, Math.max(width, height) / SMALL);
  const [columns, rows] = [Math.max(1, Math.round(width / shrink)), Math.max(1, Math.round(height / shrink))];
  const means = planes.map((plane) => {
    let small = resizeArea(plane, width, height, columns, rows);
    for (let n = 0; n < 3; n++) small = boxBlur(small, columns, rows, 2); // three boxes approximate a Gaussian
    return small;
  });
  const data = new Uint8ClampedArray(4 * frame.width * frame.height).fill(255);
  for (let channel = 0; channel < 3; channel++) {
    const colour = means[channel].map((sum, i) => sum / means[3][i]);
    const large = resizeLinear(colour, columns, rows, frame.width, frame.height);
    for (let i = 0; i < large.length; i++) data[4 * i + channel] = large[i];
  }
  return { data, width: frame.width, height: frame.height };
}

/**
 * One colour everywhere.
 * @param {number} width
 * @param {number} height
 * @param {string} colour - #rrggbb
 * @returns {Picture}
 */
export function plain(width, height, colour) {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
  const data = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < data.length; at += 4) {
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
    data[at + 3] = 255;
  }
  return { data, width, height };
}
