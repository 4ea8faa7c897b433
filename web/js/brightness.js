/** Frames that must not update the memory: dark or flat frames, fades, flashes. As the kit's `brightness.py`. */

import { median, percentile } from "./numbers.js";
import { COLUMNS, ROWS, isSceneCut } from "./scene.js";

const FLAT = 8; // grey levels: standard deviation below which a frame is flat
const JUMP = 0.06; // log ratio of a brightness change over most of the frame
const CALM = 0.03; // log ratio between neighbouring frames below which the brightness has settled
const SETTLED = 2; // consecutive calm frames required
const SHARES = [10, 30, 50, 70, 90]; // percentiles, which move together in a fade
const MOST = 4; // percentiles that must agree
const FLOOR = 8; // grey levels; noise in the dark stays below it

/** @typedef {import("./scene.js").Glance} Glance */
/** @typedef {"learn" | "wait" | "brightness" | "scene cut"} Verdict */
/**
 * The last frame that updated the memory, the last frame, and the calm frames while waiting, or null while learning.
 * @typedef {{learned: Glance | null, last: Glance | null, calm: number | null}} Exposure
 */

/** @type {Exposure} */
export const UNKNOWN = { learned: null, last: null, calm: null };

/**
 * Whether a frame may update the memory.
 * @param {Exposure} exposure
 * @param {Glance} now
 * @returns {[Exposure, Verdict]}
 */
export function trackExposure({ learned, last, calm }, now) {
  const before = last ?? now;
  if (calm === null && !isFlat(now) && isSceneCut(before, now))
    return [{ learned: now, last: now, calm: null }, "scene cut"];
  let waits = calm !== null;
  if (learned && !waits) waits = brightnessChange(learned, now) > JUMP;
  if (isFlat(now)) return [{ learned, last: now, calm: 0 }, "wait"];
  if (waits) {
    const calmNow = brightnessChange(before, now) < CALM ? (calm ?? 0) + 1 : 0;
    if (calmNow < SETTLED) return [{ learned, last: now, calm: calmNow }, "wait"];
  }
  /** @type {Verdict} */
  let verdict = "learn";
  if (waits && learned && isSceneCut(learned, now)) verdict = "scene cut";
  else if (waits && (!learned || brightnessChange(learned, now) > JUMP)) verdict = "brightness";
  return [{ learned: now, last: now, calm: null }, verdict];
}

/** @param {Glance} frame */
function isFlat(frame) {
  const [picture] = withoutBars(frame.thumbnail);
  const deviation = [0, 1, 2].map((channel) => {
    const levels = picture.filter((_, i) => i % 3 === channel);
    const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
    return Math.sqrt(levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length);
  });
  return Math.max(...deviation) < FLAT;
}

/**
 * Thumbnails without borders that are black in all of them: such bars stay as they are while a picture fades.
 * @param {...Float64Array} thumbnails
 * @returns {number[][]}
 */
function withoutBars(...thumbnails) {
  const [rows, columns] = [new Set(), new Set()];
  for (const thumbnail of thumbnails) {
    thumbnail.forEach((level, i) => {
      if (level < FLOOR) return;
      const cell = Math.floor(i / 3);
      rows.add(Math.floor(cell / COLUMNS));
      columns.add(cell % COLUMNS);
    });
  }
  if (!rows.size) return thumbnails.map((thumbnail) => [...thumbnail]);
  const [top, bottom] = litSpan(rows, ROWS);
  const [left, right] = litSpan(columns, COLUMNS);
  const isInside = (/** @type {number} */ i) => {
    const cell = Math.floor(i / 3);
    const [row, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
    return row >= top && row <= bottom && column >= left && column <= right;
  };
  return thumbnails.map((thumbnail) => [...thumbnail].filter((_, i) => isInside(i)));
}

/**
 * The first and last lit place, without the cell where a bar ends, which holds some of both.
 * @param {Set<number>} lit
 * @param {number} length
 */
function litSpan(lit, length) {
  const [least, most] = [Math.min(...lit), Math.max(...lit)];
  const [first, last] = [least + (least > 0 ? 1 : 0), most - (most < length - 1 ? 1 : 0)];
  return [Math.min(first, last), Math.max(first, last)];
}

/**
 * The change of brightness or contrast shared by most of a frame, as a log ratio; else 0. Both percentiles and places
 * must show it.
 * @param {Glance} before
 * @param {Glance} after
 */
function brightnessChange(before, after) {
  const [old, now] = withoutBars(before.thumbnail, after.thumbnail).map(greys);
  const [low, high] = [old, now].map((levels) => SHARES.map((share) => percentile(levels, share)));
  const [oldMiddle, middle] = [median(old), median(now)];
  const inverted = (/** @type {number[]} */ levels) => levels.map((level) => 255 - level);
  return Math.max(
    common(low, high, old, now), // fades from or to black
    common(inverted(low), inverted(high), inverted(old), inverted(now)), // white
    common(
      spreads(low),
      spreads(high),
      old.map((level) => Math.abs(level - oldMiddle)),
      now.map((level) => Math.abs(level - middle)),
    ), // grey
  );
}

/** @param {number[]} thumbnail */
const greys = (thumbnail) =>
  Array.from(
    { length: thumbnail.length / 3 },
    (_, i) => (thumbnail[3 * i] + thumbnail[3 * i + 1] + thumbnail[3 * i + 2]) / 3,
  );

/** @param {number[]} shares */
const spreads = ([low, under, middle, above, high]) => [
  high - low,
  above - low,
  high - under,
  above - under,
  high - middle,
];

/**
 * The least change that most of the five values have in common, at most that of the places; 0 where they differ.
 * @param {number[]} old
 * @param {number[]} now
 * @param {number[]} oldPlaces
 * @param {number[]} places
 */
function common(old, now, oldPlaces, places) {
  const sorted = changes(old, now).sort((a, b) => a - b);
  const there = changeOfPlaces(oldPlaces, places);
  return Math.max(0, Math.min(sorted[sorted.length - MOST], there), Math.min(-sorted[MOST - 1], -there));
}

/**
 * The median change of those places that can tell: the half with the larger values, above the noise.
 * @param {number[]} old
 * @param {number[]} now
 */
function changeOfPlaces(old, now) {
  const middle = median(old.map((level, i) => level + now[i]));
  const tell = changes(old, now).filter((_, i) => old[i] + now[i] >= middle && Math.max(old[i], now[i]) >= FLOOR);
  return tell.length ? median(tell) : 0;
}

/**
 * @param {number[]} old
 * @param {number[]} now
 */
const changes = (old, now) => now.map((level, i) => Math.log((level + FLOOR) / (old[i] + FLOOR)));
