/** The worker as functions that the page awaits. */

export class Matter {
  constructor() {
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.asked = 0;
    this.worker.onmessage = ({ data: { id, value, problem } }) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (problem === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(problem));
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.waiting.values()) reject(new Error("this browser cannot run the page's worker"));
      this.waiting.clear();
    };
  }

  /** End the worker, with its networks. */
  close() {
    this.worker.terminate();
  }

  /**
   * @param {string} name - one of the worker's answers
   * @param {any} [given]
   * @param {Transferable[]} [transferred]
   * @returns {Promise<any>}
   * @throws {Error} its message is one line for people
   */
  ask(name, given, transferred = []) {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, given }, transferred);
    });
  }
}
