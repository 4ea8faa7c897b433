/** The restored background as a picture, as the kit's `clean_plate.py`: B's rule on pixels, in 8 bits. */

import { resizeArea, resizeLinear } from "./resample.js";

const SURE = 0.9; // p above which a pixel certainly shows the person
const STEADY = 0.03 * 255; // mean change of known background below which the camera counts as static
const CHANGED = 26; // grey levels of change from which "refresh" replaces a pixel instead of averaging
const SAME = 10; // grey levels below which a pixel matches its memory
const CLEAR = 0.02; // alpha below which a pixel counts as background
const MARGIN = 0.009; // share of the long side: minimal distance of trusted background from the person

/** @typedef {import("./coarse.js").Picture} Picture */

/** The background restored so far, for frames of one size. */
export class CleanPlate {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    /** RGBA like a frame; alpha is 255 where the background is restored. */
    this.data = new Uint8ClampedArray(4 * width * height);
    /** 1 where the plate holds for the current frame: all while the camera rests, the visible part while it moves. */
    this.trusted = new Uint8Array(width * height);
  }

  /** A frame in other light: what is known holds for none of it. */
  distrust() {
    this.trusted.fill(0);
  }

  /**
   * Learn from a frame.
   * @param {Picture} frame
   * @param {Float32Array} alpha - (H, W)
   * @param {number} theta
   * @param {string} update - B's rule, "refresh" or "accumulate"
   */
  update(frame, alpha, theta, update) {
    const p = presence(alpha, this.width, this.height);
    const near = dilated(alpha, this.width, this.height);
    const [plate, now] = [this.data, frame.data];
    const seen = new Uint8Array(alpha.length);
    let [moved, again] = [0, 0];
    for (let i = 0, at = 0; i < alpha.length; i++, at += 4) {
      const known = plate[at + 3] !== 0;
      seen[i] = p[i] < theta && !near[i] ? 1 : 0;
      if (!known) {
        if (seen[i]) copyPixel(now, plate, at);
        continue;
      }
      const most = Math.max(
        Math.abs(now[at] - plate[at]),
        Math.abs(now[at + 1] - plate[at + 1]),
        Math.abs(now[at + 2] - plate[at + 2]),
      );
      if (seen[i]) {
        moved += most;
        again += 1;
      }
      if (update !== "refresh") continue;
      if (p[i] > SURE && most < SAME) plate.fill(0, at, at + 4);
      else if (seen[i] && most >= CHANGED) copyPixel(now, plate, at);
      else if (seen[i])
        for (let channel = at; channel < at + 3; channel++) plate[channel] = approach(plate[channel], now[channel]);
    }
    if (moved > STEADY * again) this.trusted.set(seen);
    else for (let i = 0; i < seen.length; i++) this.trusted[i] = plate[4 * i + 3] ? 1 : 0;
  }
}

/**
 * @param {Picture["data"]} from
 * @param {Uint8ClampedArray} to
 * @param {number} at
 */
function copyPixel(from, to, at) {
  to[at] = from[at];
  to[at + 1] = from[at + 1];
  to[at + 2] = from[at + 2];
  to[at + 3] = 255;
}

/**
 * A tenth of the way to the new level, and at least one level: an average of about ten frames.
 * @param {number} level
 * @param {number} now
 */
function approach(level, now) {
  const step = Math.round(0.1 * Math.abs(now - level) + 0.5);
  return now > level ? Math.min(now, level + step) : Math.max(now, level - step);
}

/**
 * B's p at the size of the frame, from cells as large as B's.
 * @param {Float32Array} alpha
 * @param {number} width
 * @param {number} height
 */
function presence(alpha, width, height) {
  const cell = Math.max(4, Math.max(width, height) / 128);
  const [columns, rows] = [Math.ceil(width / cell), Math.ceil(height / cell)];
  const cells = resizeArea(alpha, width, height, columns, rows);
  return resizeLinear(boxBlur(cells, columns, rows, 1), columns, rows, width, height);
}

/**
 * The mean of a square around each cell; the outermost cells are repeated.
 * @param {Float32Array} map
 * @param {number} width
 * @param {number} height
 * @param {number} radius
 */
export function boxBlur(map, width, height, radius) {
  const across = new Float32Array(map.length);
  const blurred = new Float32Array(map.length);
  const share = 1 / (2 * radius + 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let n = x - radius; n <= x + radius; n++) sum += map[y * width + Math.min(Math.max(n, 0), width - 1)];
      across[y * width + x] = sum * share;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let n = y - radius; n <= y + radius; n++) sum += across[Math.min(Math.max(n, 0), height - 1) * width + x];
      blurred[y * width + x] = sum * share;
    }
  }
  return blurred;
}

/**
 * 1 within the margin of any pixel that is not clearly background.
 * @param {Float32Array} alpha
 * @param {number} width
 * @param {number} height
 */
function dilated(alpha, width, height) {
  const radius = Math.max(3, Math.round(MARGIN * Math.max(width, height)));
  const across = new Uint8Array(alpha.length);
  const near = new Uint8Array(alpha.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0, free = 0; x < width; x++) {
      const at = y * width + x;
      if (alpha[at] < CLEAR) continue;
      // from where the last mark ended, so that every pixel is marked once
      const end = Math.min(x + radius, width - 1);
      for (let n = Math.max(x - radius, free); n <= end; n++) across[y * width + n] = 1;
      free = end + 1;
    }
  }
  const reached = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!across[y * width + x]) continue;
      const end = Math.min(y + radius, height - 1);
      for (let n = Math.max(y - radius, reached[x]); n <= end; n++) near[n * width + x] = 1;
      reached[x] = end + 1;
    }
  }
  return near;
}
