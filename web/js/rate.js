/** Frames a second, averaged over the last seconds. */

const WINDOW = 3000; // milliseconds

export class Rate {
  constructor() {
    /** @type {number[]} */
    this.times = [];
  }

  /** Count a frame. */
  add() {
    const { times } = this;
    times.push(performance.now());
    while (times[0] < times[times.length - 1] - WINDOW) times.shift();
  }

  /** For people. */
  get text() {
    const { times } = this;
    const rate = (1000 * (times.length - 1)) / (times[times.length - 1] - times[0]);
    return `${rate ? rate.toFixed(1) : "…"} frames/s`;
  }
}
