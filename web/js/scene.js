/** Scene cuts, after which the restored background is wrong: as the kit's `scenecut.py`. */

const [ROWS, COLUMNS] = [18, 32]; // so small that a moving person or camera changes little
const BINS = 6;

/** @typedef {import("./coarse.js").Picture} Picture */
/** @typedef {{thumbnail: Float64Array, histogram: Float64Array}} Glance - (18, 32, 3) in [0, 255], and (216,) */

/**
 * Summarise a frame.
 * @param {Picture} frame
 * @returns {Glance}
 */
export function glance(frame) {
  const step = Math.max(1, Math.floor(Math.min(frame.width, frame.height) / 270)); // a few pixels are enough
  const rows = cellStarts(frame.height, ROWS, step);
  const columns = cellStarts(frame.width, COLUMNS, step);
  const thumbnail = new Float64Array(ROWS * COLUMNS * 3);
  const histogram = new Float64Array(BINS ** 3);
  for (let i = 0, to = 0; i < ROWS; i++) {
    for (let j = 0; j < COLUMNS; j++, to += 3) {
      let [red, green, blue] = [0, 0, 0];
      for (let y = rows[i]; y < rows[i + 1]; y++) {
        for (let x = columns[j]; x < columns[j + 1]; x++) {
          const at = 4 * step * (y * frame.width + x);
          red += frame.data[at];
          green += frame.data[at + 1];
          blue += frame.data[at + 2];
        }
      }
      const count = (rows[i + 1] - rows[i]) * (columns[j + 1] - columns[j]);
      thumbnail.set([red / count, green / count, blue / count], to);
      const [r, g, b] = [0, 1, 2].map((channel) => Math.trunc((thumbnail[to + channel] / 256) * BINS));
      histogram[(r * BINS + g) * BINS + b] += 1 / (ROWS * COLUMNS);
    }
  }
  return { thumbnail, histogram };
}

/**
 * Where cells start among every `step`-th pixel of a side, and where the last one ends.
 * @param {number} side
 * @param {number} cells
 * @param {number} step
 */
function cellStarts(side, cells, step) {
  const starts = Array.from({ length: cells }, (_, i) => Math.floor(Math.trunc(i * (side / cells)) / step));
  return [...starts, Math.ceil(side / step)];
}

/**
 * Whether two consecutive frames show different scenes: both layout and colours must change.
 * @param {Glance} before
 * @param {Glance} after
 */
export function isSceneCut(before, after) {
  const change = after.thumbnail.map((level, i) => level - before.thumbnail[i]);
  const mean = [0, 0, 0];
  change.forEach((value, i) => (mean[i % 3] += value / (ROWS * COLUMNS)));
  const moved = change.reduce((sum, value, i) => sum + Math.abs(value - mean[i % 3]), 0) / change.length;
  const shared = before.histogram.reduce((sum, share, i) => sum + Math.min(share, after.histogram[i]), 0);
  return moved > 28 && shared < 0.8;
}

export { COLUMNS, ROWS };
