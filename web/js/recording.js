/** Recording what the canvas shows. */

// WebM first: in Chromium it keeps transparency, as VP9 and VP8. Safari has MP4 only, without it.
const FORMATS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/mp4"];
const BITS = 8_000_000; // a second

/** One recording. */
export class Recording {
  /**
   * Begin to record a canvas.
   * @param {HTMLCanvasElement} canvas
   * @throws {Error} one line: this browser cannot record
   */
  constructor(canvas) {
    const format = FORMATS.find((name) => window.MediaRecorder?.isTypeSupported(name));
    if (!format) throw new Error("this browser cannot record: use another one, or the command modnetv matte");
    this.format = format.split(";")[0];
    /** @type {Blob[]} */
    this.parts = [];
    this.recorder = new MediaRecorder(canvas.captureStream(), { mimeType: format, videoBitsPerSecond: BITS });
    this.recorder.ondataavailable = ({ data }) => this.parts.push(data);
    this.recorder.start(1000);
  }

  /**
   * A hidden tab draws nothing; no time passes in the recording then.
   * @param {boolean} paused
   */
  pause(paused) {
    if (this.recorder.state === "inactive") return; // it ended by an error
    if (paused) this.recorder.pause();
    else this.recorder.resume();
  }

  /**
   * End the recording.
   * @returns {Promise<File>}
   */
  stop() {
    return new Promise((resolve) => {
      const finish = () => {
        const name = this.format === "video/webm" ? "matted.webm" : "matted.mp4";
        resolve(new File(this.parts, name, { type: this.format }));
      };
      this.recorder.onstop = finish;
      if (this.recorder.state === "inactive") finish();
      else this.recorder.stop();
      this.recorder.stream.getTracks().forEach((track) => track.stop());
    });
  }
}
