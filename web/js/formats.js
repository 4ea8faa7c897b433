/** The format of a converted file: the first that this browser can encode. */

import { MattingError } from "./networks.js";

const OPAQUE = [
  { container: "mp4", codec: "avc" }, // plays everywhere
  { container: "webm", codec: "vp9" },
  { container: "webm", codec: "vp8" },
];
const TRANSPARENT = OPAQUE.slice(1);

/**
 * @param {any} media - Mediabunny
 * @param {number} width
 * @param {number} height
 * @param {boolean} isTransparent
 * @returns {Promise<{container: string, encoding: any}>} - encoding: for its video sources
 * @throws {MattingError} there is none
 */
export async function chooseFormat(media, width, height, isTransparent) {
  const alpha = isTransparent ? "keep" : "discard";
  const quality = new media.Quality("high");
  for (const { container, codec } of isTransparent ? TRANSPARENT : OPAQUE) {
    // H.264 has even sides only, so odd ones become WebM rather than lose a row
    if (await media.canEncodeVideo(codec, { width, height, alpha, quality }))
      return { container, encoding: { codec, alpha, quality } };
  }
  const what = isTransparent ? "a transparent video" : "a video";
  throw new MattingError(`this browser cannot encode ${what} of ${width} x ${height} pixels: use Record instead`);
}
