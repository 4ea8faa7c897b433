/** Converts a file in the worker: every frame decoded, matted, composed and encoded at its own time, with its sound. */

import { Backgrounds } from "./backgrounds.js";
import { compose } from "./compose.js";
import { chooseFormat } from "./formats.js";
import { loadMedia } from "./media.js";
import { MattingError } from "./networks.js";
import { panels } from "./panels.js";
import { MattingSession } from "./session.js";
import { Sound } from "./sound.js";
import { firstSecond } from "./warmup.js";

const MAX_BYTES = 1e9; // of a result in memory: completing it copies it, and browsers refuse much larger buffers

export class Conversion {
  /**
   * Look at a file, and choose the format of the result.
   * @param {File} file
   * @param {import("./networks.js").Networks} networks
   * @param {import("./backgrounds.js").Chosen} chosen
   * @throws {MattingError} one line: this browser cannot decode the file, or encode the result
   */
  static async open(file, networks, chosen) {
    const media = await loadMedia();
    const input = new media.Input({ source: new media.BlobSource(file), formats: media.ALL_FORMATS });
    try {
      const track = await input.getPrimaryVideoTrack().catch((/** @type {Error} */ error) => {
        if (error instanceof DOMException) throw new MattingError(`${file.name} cannot be read: choose it again`);
        return null; // the library has errors of its own for files that are broken or no video
      });
      if (!track || !(await track.canDecode())) {
        const codec = await track?.getCodec();
        const why = codec ? `the video in ${file.name} (${codec})` : file.name;
        throw new MattingError(`this browser cannot decode ${why}: choose an MP4 (H.264) or WebM file`);
      }
      const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
      const format = await chooseFormat(media, width, height, chosen.kind === "transparent");
      return new Conversion(media, input, track, { ...format, width, height }, networks, chosen);
    } catch (error) {
      input.dispose();
      throw error;
    }
  }

  /**
   * @param {any} media - Mediabunny
   * @param {any} input
   * @param {any} track
   * @param {{container: string, encoding: any, width: number, height: number}} plan
   * @param {import("./networks.js").Networks} networks
   * @param {import("./backgrounds.js").Chosen} chosen
   */
  constructor(media, input, track, plan, networks, chosen) {
    this.media = media;
    this.input = input;
    this.track = track;
    const { container, width, height, encoding } = plan;
    this.plan = { container, width, height };
    this.encoding = encoding;
    this.chosen = chosen;
    this.session = new MattingSession(networks);
    this.backgrounds = new Backgrounds();
    this.context = /** @type {OffscreenCanvasRenderingContext2D} */ (
      new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
    );
    this.bytes = this.frames = this.length = 0;
    /** @type {import("./coarse.js").Picture[]} */
    this.ahead = [];
    /** @type {FileSystemWritableFileStream | null} */
    this.disk = null;
  }

  /**
   * Open the result, and read the first second.
   * @param {FileSystemFileHandle | null} place - null keeps the result in memory
   * @returns {Promise<{duration: number, problem: string | null}>} - seconds; why there is no sound, in one line
   */
  async begin(place) {
    const { media } = this;
    const Format = this.plan.container === "mp4" ? media.Mp4OutputFormat : media.WebMOutputFormat;
    if (place) this.disk = await openDisk(place);
    this.target = place ? this.diskTarget() : new media.BufferTarget();
    if (!place) this.target.on("write", (/** @type {{end: number}} */ { end }) => (this.bytes = Math.max(this.bytes, end)));
    // an index at the end, since one at the beginning needs the whole file in memory
    const format = new Format(this.plan.container === "mp4" ? { fastStart: false } : {});
    this.output = new media.Output({ format, target: this.target });
    this.video = new media.VideoSampleSource(this.encoding);
    this.output.addVideoTrack(this.video, { canBeTransparent: this.encoding.alpha === "keep" });
    this.sound = await Sound.open(media, this.input, this.output, this.plan.container);
    await this.output.start();
    const sink = new media.VideoSampleSink(this.track);
    const { averagePacketRate } = await this.track.computePacketStats(100);
    this.ahead = await firstSecond(sink.samples(0), (sample) => this.read(sample), averagePacketRate);
    this.samples = sink.samples(0); // what is before 0 is needed to decode, but not shown
    // without a duration in the file, its end has to be looked for
    const duration = (await this.track.getDurationFromMetadata()) || (await this.track.computeDuration());
    return { duration, problem: this.sound.problem };
  }

  /**
   * Show the network a frame of the first second, to fill its memory.
   * @returns {Promise<boolean>} - whether there are more
   */
  async warmUp() {
    const frame = this.ahead.shift();
    if (frame) await this.session.step(frame);
    return this.ahead.length > 0;
  }

  /**
   * Convert the next frame.
   * @param {boolean} isShown
   * @returns {Promise<{time: number, drawn: any} | null>} - the end of the frame in seconds, with its pictures if it is
   *   shown; null after the last frame
   * @throws {Error} one line; the frames so far can be kept
   */
  async next(isShown) {
    if (this.bytes > MAX_BYTES)
      throw new MattingError(
        "the result has reached the most that fits in memory: Chrome and Edge save to disk, and so does modnetv matte",
      );
    const { done, value } = await this.samples.next().catch((/** @type {Error} */ { message }) => {
      throw new MattingError(`the video cannot be decoded from here on (${message})`);
    });
    if (done) {
      await this.sound.write();
      return null;
    }
    const { timestamp, duration } = value;
    const begin = Math.max(0, timestamp);
    this.length = duration || this.length; // Matroska may leave out a frame's duration
    const end = Math.max(begin, timestamp + this.length);
    const frame = this.read(value);
    const result = await this.session.step(frame);
    const behind = this.backgrounds.behind(frame, result.alpha, this.chosen);
    const data = compose(frame, result.alpha, result.plate, behind);
    const { width, height } = frame;
    const sample = new this.media.VideoSample(data, {
      format: behind ? "RGBX" : "RGBA",
      codedWidth: width,
      codedHeight: height,
      timestamp: begin,
      duration: end - begin,
    });
    try {
      await this.sound.write(end);
      await this.video.add(sample);
    } catch (error) {
      throw new MattingError(`the conversion broke off (${/** @type {Error} */ (error).message})`);
    } finally {
      sample.close();
    }
    this.frames++;
    const picture = new ImageData(data, width, height);
    const drawn = isShown ? { picture, ...panels({ frame, result }) } : null;
    return { time: end, drawn };
  }

  /**
   * Complete the result.
   * @returns {Promise<{frames: number, file: Blob | null, problem: string | null}>} - file: null on disk, and without any
   *   frame; problem: why the sound is missing or ends early, in one line
   * @throws {MattingError} one line: it cannot be completed, so nothing is kept
   */
  async end() {
    try {
      await this.samples?.return();
      if (this.frames) {
        await this.output.finalize();
        await this.disk?.close();
      } else await this.discard();
    } catch (error) {
      await this.discard();
      const advice = this.disk ? "free some space, or choose another place" : "convert a shorter file, or use modnetv matte";
      throw new MattingError(`the result cannot be completed (${/** @type {Error} */ (error).message}): ${advice}`);
    } finally {
      this.input.dispose();
    }
    const { buffer } = this.target ?? {};
    const file = buffer ? new Blob([buffer], { type: `video/${this.plan.container}` }) : null;
    return { frames: this.frames, file, problem: this.sound?.problem ?? null };
  }

  /** Leave no file that cannot be played. */
  async discard() {
    await this.output?.cancel().catch(() => {}); // it may have failed before
    await this.disk?.abort().catch(() => {});
  }

  /** Where the library writes; it would close the file, and so keep it, even if it cannot complete it. */
  diskTarget() {
    const writable = new WritableStream({ write: (chunk) => this.disk?.write(chunk) });
    return new this.media.StreamTarget(writable, { chunked: true }); // few large writes
  }

  /** Give up before the result is opened. */
  close() {
    this.input.dispose();
  }

  /**
   * A decoded frame, upright.
   * @param {any} sample - is closed
   */
  read(sample) {
    const { width, height } = this.plan;
    this.context.clearRect(0, 0, width, height); // what was there shows through a transparent source
    sample.draw(this.context, 0, 0, width, height);
    sample.close();
    return this.context.getImageData(0, 0, width, height);
  }
}

/**
 * @param {FileSystemFileHandle} place
 * @throws {MattingError} one line: it cannot be written
 */
async function openDisk(place) {
  try {
    return await place.createWritable();
  } catch (error) {
    const why = /** @type {Error} */ (error).message;
    throw new MattingError(`${place.name} cannot be written (${why}): choose another place`);
  }
}
