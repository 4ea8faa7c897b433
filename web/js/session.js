/** A session mattes the frames of one video in order, as the kit's `MattingSession` does. */

import { UNKNOWN, trackExposure } from "./brightness.js";
import { MIN_SIDE, coarseInput, coarseSize } from "./coarse.js";
import { MattingError } from "./networks.js";
import { refine } from "./patches.js";
import { CleanPlate } from "./plate.js";
import { glance } from "./scene.js";

/** @typedef {import("./coarse.js").Picture} Picture */
/** @typedef {import("./networks.js").Networks} Networks */
/**
 * @typedef {object} Result - of one frame
 * @property {Float32Array} alpha - (H, W) in [0, 1]
 * @property {Float32Array} flaws - (k, k) in [0, 1]
 * @property {number} refined - the number of patches that P refined
 * @property {string | null} reset - why the memory was emptied before the frame: "start", "frame size", "scene cut",
 *   "brightness"
 * @property {boolean} learned - whether the frame updated the memory
 * @property {CleanPlate} plate - the restored background; the next frame changes it
 * @property {{data: Float32Array, width: number, height: number}} bgM - the restored cells, 0 or 1
 */

export class MattingSession {
  /** @param {Networks} networks */
  constructor(networks) {
    this.networks = networks;
    /** @type {import("./networks.js").State | null} */
    this.state = null;
    /** @type {CleanPlate | null} */
    this.plate = null;
    /** @type {string | null} */
    this.size = null;
    this.exposure = UNKNOWN;
  }

  /** Empty the memory; the next frame counts as the first. */
  reset() {
    this.state = null;
    this.plate = null;
    this.size = null;
    this.exposure = UNKNOWN;
  }

  /**
   * Matte the next frame.
   * @param {Picture} frame - RGBA; its alpha is not read
   * @returns {Promise<Result>}
   * @throws {MattingError} a frame below 32 pixels
   */
  async step(frame) {
    const { width, height } = frame;
    if (Math.min(width, height) < MIN_SIDE) {
      throw new MattingError(`the picture has ${width} x ${height} pixels; it needs at least ${MIN_SIDE} x ${MIN_SIDE}`);
    }
    const { reset, learned } = this.look(frame);
    const { settings } = this.networks;
    const [coarseWidth, coarseHeight] = coarseSize(width, height, settings.coarse_size);
    const input = coarseInput(frame, coarseWidth, coarseHeight);
    const empty = () => this.networks.emptyState(input.width, input.height);
    const before = this.state ?? empty();
    // a frame that teaches nothing is matted without the memory, which is kept for when the light is back
    const out = await this.networks.step(input.planes, input.width, input.height, learned ? before : empty());
    this.state = learned ? out.state : before;
    const data = cropped(out.alpha, input.width, coarseWidth, coarseHeight);
    const coarse = { data, width: coarseWidth, height: coarseHeight };
    const flaws = await this.networks.flaws(coarse.data, coarseWidth, coarseHeight, width, height);
    /** @type {{alpha: Float32Array, refined: number}} */
    let { alpha, refined } = { alpha: data, refined: 0 };
    if (coarseWidth !== width || coarseHeight !== height) {
      const patchNet = this.networks.patches.bind(this.networks);
      ({ alpha, refined } = await refine(frame, coarse, flaws, settings.xi, patchNet));
    }
    const plate = this.restore(frame, alpha, learned);
    const [, , rows, columns] = this.state.bgM.dims;
    const bgM = { data: this.state.bgM.data, width: columns, height: rows };
    return { alpha, flaws, refined, reset, learned, plate, bgM };
  }

  /**
   * Empty the memory if this frame does not continue the last one.
   * @param {Picture} frame
   */
  look(frame) {
    const size = `${frame.width} x ${frame.height}`;
    /** @type {string | null} */
    let reset = null;
    if (this.size !== size) {
      reset = this.size === null ? "start" : "frame size";
      this.exposure = UNKNOWN;
    }
    const [exposure, verdict] = trackExposure(this.exposure, glance(frame));
    this.exposure = exposure;
    if (verdict === "scene cut" || verdict === "brightness") reset = reset ?? verdict;
    if (reset) this.state = this.plate = null;
    this.size = size;
    return { reset, learned: verdict !== "wait" };
  }

  /**
   * Update the restored background.
   * @param {Picture} frame
   * @param {Float32Array} alpha
   * @param {boolean} learned
   * @returns {CleanPlate}
   */
  restore(frame, alpha, learned) {
    this.plate = this.plate ?? new CleanPlate(frame.width, frame.height);
    const { theta, update } = this.networks.settings;
    if (learned) this.plate.update(frame, alpha, theta, update);
    else this.plate.distrust();
    return this.plate;
  }
}

/**
 * The upper left of a map, without the pixels that made its sides even.
 * @param {Float32Array} map
 * @param {number} stride
 * @param {number} width
 * @param {number} height
 */
function cropped(map, stride, width, height) {
  if (stride === width) return map.slice(0, width * height);
  const part = new Float32Array(width * height);
  for (let y = 0; y < height; y++) part.set(map.subarray(y * stride, y * stride + width), y * width);
  return part;
}
