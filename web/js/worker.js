/** Mattes frames in a thread of its own, so that the page stays responsive. */

import { blurred, compose, plain } from "./compose.js";
import { Networks } from "./networks.js";
import { greyPanel, platePanel } from "./panels.js";
import { MattingSession } from "./session.js";

const LONGEST = 1920; // pixels; larger videos are scaled down to it

/** @type {MattingSession} */
let session;
/** @type {ImageBitmap | null} */
let picture = null;
/** @type {import("./coarse.js").Picture & {of: ImageBitmap | string} | null} */
let drawnBehind = null;
const canvas = new OffscreenCanvas(1, 1);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
  canvas.getContext("2d", { willReadFrequently: true })
);

/** What the page can ask for, by name. */
const answers = {
  /** Load the networks; returns what computes. */
  async open() {
    const networks = await Networks.open();
    session = new MattingSession(networks);
    return { device: networks.device, threads: networks.threads, description: networks.description };
  },

  /** Forget everything; the next frame is the first of a new video. */
  reset: () => session.reset(),

  /** @param {ImageBitmap | null} chosen - the background picture */
  setPicture(chosen) {
    picture = chosen;
  },

  /**
   * Matte a frame and draw it.
   * @param {{bitmap: ImageBitmap, kind: string, colour: string}} asked
   */
  async draw({ bitmap, kind, colour }) {
    const frame = pixels(bitmap);
    bitmap.close();
    last = { frame, result: await session.step(frame) };
    const { result } = last;
    return {
      picture: drawn(last, kind, colour),
      matte: greyPanel(result.alpha, frame.width, frame.height),
      background: platePanel(result.plate),
      bgM: greyPanel(result.bgM.data, result.bgM.width, result.bgM.height),
      reset: result.reset,
    };
  },

  /**
   * Draw the last frame again, on another background.
   * @param {{kind: string, colour: string}} asked
   */
  redraw: ({ kind, colour }) => last && { picture: drawn(last, kind, colour) },
};

/** @typedef {{frame: import("./coarse.js").Picture, result: import("./session.js").Result}} Matted */
/** @type {Matted | null} */
let last = null;

/**
 * @param {Matted} matted
 * @param {string} kind
 * @param {string} colour
 */
function drawn({ frame, result }, kind, colour) {
  const picture = compose(frame, result.alpha, result.plate, behind(frame, result.alpha, kind, colour));
  return new ImageData(picture, frame.width, frame.height);
}

/**
 * @param {ImageBitmap} bitmap
 * @returns {import("./coarse.js").Picture}
 */
function pixels(bitmap) {
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * The chosen background; a colour or a picture is drawn once for all frames of a size.
 * @param {import("./coarse.js").Picture} frame
 * @param {Float32Array} alpha
 * @param {string} kind
 * @param {string} colour
 */
function behind(frame, alpha, kind, colour) {
  const { width, height } = frame;
  if (kind === "transparent") return null;
  if (kind === "blur") return blurred(frame, alpha);
  const of = kind === "picture" && picture ? picture : colour;
  if (drawnBehind?.of !== of || drawnBehind.width !== width || drawnBehind.height !== height) {
    const drawn = typeof of === "string" ? plain(width, height, of) : covering(of, width, height);
    drawnBehind = { data: drawn.data, width, height, of };
  }
  return drawnBehind;
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
  context.fillStyle = "black"; // behind transparent parts; the canvas still holds the frame
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (width - wide) / 2, (height - high) / 2, wide, high);
  return context.getImageData(0, 0, width, height);
}

/** @param {{id: number, name: keyof typeof answers, given: any}} asked */
async function answer({ id, name, given }) {
  try {
    self.postMessage({ id, value: await answers[name](given) });
  } catch (error) {
    self.postMessage({ id, problem: /** @type {Error} */ (error).message });
  }
}

// one after the other: a reset must not fall into the middle of a frame
let queue = Promise.resolve();
self.onmessage = ({ data }) => (queue = queue.then(() => answer(data)));
