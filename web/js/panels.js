/** Small pictures of what the network knows: the matte, the restored background, bgM. */

const LONG_SIDE = 320;

/** @typedef {{frame: import("./coarse.js").Picture, result: import("./session.js").Result}} Matted */

/**
 * All of them, for one frame.
 * @param {Matted} matted
 */
export function panels({ frame, result }) {
  return {
    matte: greyPanel(result.alpha, frame.width, frame.height),
    background: platePanel(result.plate),
    bgM: greyPanel(result.bgM.data, result.bgM.width, result.bgM.height),
  };
}

/**
 * A map as a grey picture, at most `LONG_SIDE` pixels long.
 * @param {Float32Array} map - in [0, 1]
 * @param {number} width
 * @param {number} height
 */
function greyPanel(map, width, height) {
  return sampled(width, height, (from, data, to) => {
    data[to] = data[to + 1] = data[to + 2] = 255 * map[from];
    data[to + 3] = 255;
  });
}

/**
 * The restored background, transparent where nothing is restored.
 * @param {import("./plate.js").CleanPlate} plate
 */
function platePanel(plate) {
  return sampled(plate.width, plate.height, (from, data, to) => {
    for (let channel = 0; channel < 4; channel++) data[to + channel] = plate.data[4 * from + channel];
  });
}

/**
 * @param {number} width
 * @param {number} height
 * @param {(from: number, data: Uint8ClampedArray, to: number) => void} write - one pixel
 */
function sampled(width, height, write) {
  const step = Math.max(1, Math.ceil(Math.max(width, height) / LONG_SIDE));
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const panel = new ImageData(columns, rows);
  for (let y = 0, to = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, to += 4) write(step * (y * width + x), panel.data, to);
  }
  return panel;
}
