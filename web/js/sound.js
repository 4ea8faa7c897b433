/** The sound of a converted file: packets are copied where the format takes them, else encoded again. */

/** @type {Record<string, string[]>} */
const COPIED = {
  mp4: ["aac", "mp3", "ac3", "eac3", "flac"], // MP4 may hold more, but players do not expect it there
  webm: ["opus", "vorbis"],
};
const ENCODED = { mp4: ["aac", "opus"], webm: ["opus"] };

export class Sound {
  /**
   * Add the file's main sound track to a result that has not started.
   * @param {any} media - Mediabunny
   * @param {any} input
   * @param {any} output
   * @param {"mp4" | "webm"} container
   */
  static async open(media, input, output, container) {
    const track = await input.getPrimaryAudioTrack().catch(() => null);
    if (!track) return new Sound(null, null);
    const source = await track.getCodec();
    const isCopied = COPIED[container].includes(source);
    const codec = isCopied ? source : await media.getFirstEncodableAudioCodec(ENCODED[container]);
    const init = media.Conversion.init({
      input,
      output,
      composable: true, // the picture comes from elsewhere
      tracks: "primary",
      trim: { start: 0 },
      video: { discard: true },
      audio: codec ? { codec } : { discard: true },
      showWarnings: false,
    });
    const copying = await init.catch(() => null);
    if (copying?.utilizedTracks.length) return new Sound(copying, null);
    const format = container === "mp4" ? "MP4" : "WebM";
    const why = isCopied || !source ? "it cannot be read" : `${format} does not take ${source}, and this browser cannot convert it`;
    return new Sound(null, `the sound is missing: ${why}`);
  }

  /**
   * @param {any} copying - Mediabunny's conversion of the sound; null without one
   * @param {string | null} problem - why there is no sound, or why it ends, in one line
   */
  constructor(copying, problem) {
    this.copying = copying;
    this.problem = problem;
  }

  /**
   * Write the sound before a time; without one, all of it. If it breaks off, the picture goes on.
   * @param {number} [until] - seconds
   */
  async write(until = Infinity) {
    if (!this.copying || this.copying.state === "done") return;
    try {
      await this.copying.execute({ until });
    } catch (error) {
      this.copying = null;
      this.problem = `the sound cannot be decoded from here on (${/** @type {Error} */ (error).message})`;
    }
  }
}
