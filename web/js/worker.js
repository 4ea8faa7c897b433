/** Mattes frames in a thread of its own, so that the page stays responsive. */

import { Backgrounds } from "./backgrounds.js";
import { compose } from "./compose.js";
import { Conversion } from "./conversion.js";
import { Networks } from "./networks.js";
import { panels } from "./panels.js";
import { MattingSession } from "./session.js";

const LONGEST = 1920; // pixels; larger videos are scaled down to it

/** @type {Networks} */
let networks;
/** @type {MattingSession} */
let session;
/** @type {ImageBitmap | null} */
let picture = null;
/** @type {Conversion | null} */
let conversion = null;
const backgrounds = new Backgrounds();
const canvas = new OffscreenCanvas(1, 1);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
  canvas.getContext("2d", { willReadFrequently: true })
);

/** What the page can ask for, by name. */
const answers = {
  /** Load the networks; returns what computes. */
  async open() {
    networks = await Networks.open();
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
    return { picture: drawn(last, kind, colour), ...panels(last), reset: last.result.reset };
  },

  /**
   * Draw the last frame again, on another background.
   * @param {{kind: string, colour: string}} asked
   */
  redraw: ({ kind, colour }) => last && { picture: drawn(last, kind, colour) },

  /**
   * Look at a file and choose the format of the result. The conversion has a session of its own, and keeps the
   * background that is chosen now.
   * @param {{file: File, kind: string, colour: string}} asked
   */
  async openConversion({ file, kind, colour }) {
    conversion?.close();
    conversion = null;
    conversion = await Conversion.open(file, networks, { kind, colour, picture });
    return conversion.plan;
  },

  /** @param {FileSystemFileHandle | null} place - of the result; null keeps it in memory */
  beginConversion: (place) => conversion?.begin(place),

  /** Show the network one more frame of the first second; returns whether there are more. */
  warmUp: () => conversion?.warmUp(),

  /** @param {boolean} isShown - whether the page wants to see the frame */
  convertFrame: (isShown) => conversion?.next(isShown),

  /** Complete the result with the frames so far. */
  async endConversion() {
    const ended = conversion;
    conversion = null;
    return ended?.end();
  },

  /** Give up a conversion that has not begun. */
  closeConversion() {
    conversion?.close();
    conversion = null;
  },
};

/** @type {import("./panels.js").Matted | null} */
let last = null;

/**
 * @param {import("./panels.js").Matted} matted
 * @param {string} kind
 * @param {string} colour
 */
function drawn({ frame, result }, kind, colour) {
  const behind = backgrounds.behind(frame, result.alpha, { kind, colour, picture });
  return new ImageData(compose(frame, result.alpha, result.plate, behind), frame.width, frame.height);
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
