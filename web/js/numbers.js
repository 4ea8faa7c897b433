/** Numbers as Python rounds and NumPy sorts them, so that this page decides as the kit does. */

/**
 * Round halves to even.
 * @param {number} x
 */
export function roundToEven(x) {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 ? down + 1 : down;
}

/**
 * A percentile, interpolated linearly.
 * @param {ArrayLike<number>} values
 * @param {number} percent
 */
export function percentile(values, percent) {
  const sorted = Float64Array.from(values).sort();
  const place = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** @param {ArrayLike<number>} values */
export const median = (values) => percentile(values, 50);
