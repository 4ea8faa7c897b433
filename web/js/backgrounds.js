/** What is put behind the person. */

import { blurred, plain } from "./compose.js";

/** @typedef {import("./coarse.js").Picture} Picture */
/** @typedef {{kind: string, colour: string, picture: ImageBitmap | null}} Chosen - kind: as in index.html */

const canvas = new OffscreenCanvas(1, 1);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
  canvas.getContext("2d", { willReadFrequently: true })
);

export class Backgrounds {
  constructor() {
    /** @type {Picture & {source: ImageBitmap | string} | null} */
    this.drawn = null;
  }

  /**
   * The chosen background; a colour or a picture is drawn once for all frames of a size.
   * @param {Picture} frame
   * @param {Float32Array} alpha
   * @param {Chosen} chosen
   * @returns {Picture | null} - null for transparency
   */
  behind(frame, alpha, { kind, colour, picture }) {
    const { width, height } = frame;
    if (kind === "transparent") return null;
    if (kind === "blur") return blurred(frame, alpha);
    const source = kind === "picture" && picture ? picture : colour;
    if (this.drawn?.source !== source || this.drawn.width !== width || this.drawn.height !== height) {
      const { data } = typeof source === "string" ? plain(width, height, source) : covering(source, width, height);
      this.drawn = { data, width, height, source };
    }
    return this.drawn;
  }
}

/**
 * A picture that covers the whole frame, cut where it has another shape.
 * @param {ImageBitmap} bitmap
 * @param {number} width
 * @param {number} height
 */
function covering(bitmap, width, height) {
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [wide, high] = [bitmap.width * scale, bitmap.height * scale];
  [canvas.width, canvas.height] = [width, height];
  context.fillStyle = "black"; // behind transparent parts
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (width - wide) / 2, (height - high) / 2, wide, high);
  return context.getImageData(0, 0, width, height);
}
