/** Resizing by separable filters: the filters of PyTorch and OpenCV, which the kit uses. */

/**
 * For every output position the first input position and the weights of the inputs from there.
 * @typedef {{first: Int32Array, size: number, weights: Float64Array}} Taps
 */

/**
 * @param {number} outputs
 * @param {number} size
 * @returns {Taps}
 */
const emptyTaps = (outputs, size) => ({
  first: new Int32Array(outputs),
  size,
  weights: new Float64Array(outputs * size),
});

/**
 * Bilinear interpolation with pixel centres at halves.
 * @param {number} inputs
 * @param {number} outputs
 */
export function linearTaps(inputs, outputs) {
  const taps = emptyTaps(outputs, Math.min(2, inputs));
  for (let i = 0; i < outputs; i++) {
    const place = Math.min(Math.max(((i + 0.5) * inputs) / outputs - 0.5, 0), inputs - 1);
    const first = Math.max(0, Math.min(Math.floor(place), inputs - 2));
    taps.first[i] = first;
    taps.weights[i * taps.size] = taps.size === 1 ? 1 : 1 - (place - first);
    if (taps.size === 2) taps.weights[i * 2 + 1] = place - first;
  }
  return taps;
}

/**
 * Means over the pixels that an output pixel covers, in parts where it covers parts.
 * @param {number} inputs
 * @param {number} outputs
 */
export function areaTaps(inputs, outputs) {
  const scale = inputs / outputs;
  const taps = emptyTaps(outputs, Math.min(inputs, Math.ceil(scale) + 1));
  for (let i = 0; i < outputs; i++) {
    const [start, end] = [i * scale, Math.min((i + 1) * scale, inputs)];
    taps.first[i] = Math.min(Math.floor(start), inputs - taps.size);
    for (let n = 0; n < taps.size; n++) {
      const pixel = taps.first[i] + n;
      const covered = Math.min(end, pixel + 1) - Math.max(start, pixel);
      taps.weights[i * taps.size + n] = Math.max(0, covered) / (end - start);
    }
  }
  return taps;
}

/**
 * PyTorch's antialiased bilinear filter for shrinking: a triangle as wide as two output pixels.
 * @param {number} inputs
 * @param {number} outputs
 */
export function antialiasTaps(inputs, outputs) {
  const scale = inputs / outputs;
  const taps = emptyTaps(outputs, Math.min(inputs, 2 * Math.ceil(scale) + 1));
  for (let i = 0; i < outputs; i++) {
    const centre = scale * (i + 0.5);
    const first = Math.max(0, Math.trunc(centre - scale + 0.5));
    const last = Math.min(inputs, Math.trunc(centre + scale + 0.5));
    const shift = Math.max(0, first + taps.size - inputs);
    taps.first[i] = first - shift;
    let sum = 0;
    for (let pixel = first; pixel < last; pixel++) {
      const weight = Math.max(0, 1 - Math.abs((pixel - centre + 0.5) / scale));
      taps.weights[i * taps.size + pixel - taps.first[i]] = weight;
      sum += weight;
    }
    for (let n = 0; n < taps.size; n++) taps.weights[i * taps.size + n] /= sum;
  }
  return taps;
}

/**
 * Resize a map by the filters of its columns and rows.
 * @param {Float32Array} map - (height, width)
 * @param {number} width
 * @param {number} height
 * @param {Taps} columns
 * @param {Taps} rows
 * @returns {Float32Array} - (rows, columns)
 */
export function resample(map, width, height, columns, rows) {
  const outWidth = columns.first.length;
  const narrow = new Float32Array(height * outWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      const start = y * width + columns.first[x];
      for (let n = 0; n < columns.size; n++) sum += columns.weights[x * columns.size + n] * map[start + n];
      narrow[y * outWidth + x] = sum;
    }
  }
  const outHeight = rows.first.length;
  const resized = new Float32Array(outHeight * outWidth);
  for (let y = 0; y < outHeight; y++) {
    for (let n = 0; n < rows.size; n++) {
      const weight = rows.weights[y * rows.size + n];
      if (weight === 0) continue;
      const [from, to] = [(rows.first[y] + n) * outWidth, y * outWidth];
      for (let x = 0; x < outWidth; x++) resized[to + x] += weight * narrow[from + x];
    }
  }
  return resized;
}

/**
 * Resize a map bilinearly.
 * @param {Float32Array} map - (height, width)
 * @param {number} width
 * @param {number} height
 * @param {number} outWidth
 * @param {number} outHeight
 */
export function resizeLinear(map, width, height, outWidth, outHeight) {
  if (width === outWidth && height === outHeight) return map.slice();
  return resample(map, width, height, linearTaps(width, outWidth), linearTaps(height, outHeight));
}

/**
 * Shrink a map to the means of its cells.
 * @param {Float32Array} map - (height, width)
 * @param {number} width
 * @param {number} height
 * @param {number} outWidth
 * @param {number} outHeight
 */
export function resizeArea(map, width, height, outWidth, outHeight) {
  return resample(map, width, height, areaTaps(width, outWidth), areaTaps(height, outHeight));
}
