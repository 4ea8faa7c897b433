/** The sound of a converted file: packets are copied where the format takes them, else encoded again. */

/** @type {Record<string, string[]>} */
const COPIED = {
  mp4: ["aac", "mp3", "ac3", "eac3", "flac", "opus"], // MP4 may hold more, but players do not expect it there
  webm: ["opus", "vorbis"],
};
const ENCODED = { mp4: ["aac", "opus"], webm: ["opus"] };

export class Sound {
  /**
   * Add the file's first sound track to a result that has not started.
   * @param {any} media - Mediabunny
   * @param {any} input
   * @param {any} output
   * @param {"mp4" | "webm"} container
   */
  static async open(media, input, output, container) {
    const track = await input.getPrimaryAudioTrack();
    if (!track) return new Sound(null, null);
    const source = await track.getCodec();
    const isCopied = COPIED[container].includes(source);
    const codec = isCopied ? source : await media.getFirstEncodableAudioCodec(ENCODED[container]);
    const copying = await media.Conversion.init({
      input,
      output,
      composable: true, // the picture comes from elsewhere
      tracks: "primary",
      trim: { start: 0 },
      video: { discard: true },
      audio: codec ? { codec } : { discard: true },
      showWarnings: false,
    });
    if (copying.utilizedTracks.length) return new Sound(copying, null);
    const [name, format] = [source ?? "an unknown codec", container === "mp4" ? "MP4" : "WebM"];
    return new Sound(null, `the sound is missing: ${format} does not take ${name}, and this browser cannot convert it`);
  }

  /**
   * @param {any} copying - Mediabunny's conversion of the sound; null without one
   * @param {string | null} problem - why there is no sound, in one line
   */
  constructor(copying, problem) {
    this.copying = copying;
    this.problem = problem;
  }

  /**
   * Write the sound before a time; without one, all of it.
   * @param {number} [until] - seconds
   */
  async write(until = Infinity) {
    if (this.copying && this.copying.state !== "done") await this.copying.execute({ until });
  }
}
