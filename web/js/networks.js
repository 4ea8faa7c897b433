/** The exported networks in ONNX Runtime Web: by WebGPU where the browser and the machine have it, else in WebAssembly. */

const BUILT = new URL("../built/", import.meta.url);
const MOST_THREADS = 8;

/** @typedef {{coarse_size: number, xi: number, theta: number, update: string}} Settings */
/** @typedef {{bgF: any, bgM: any, prompt: any}} State - tensors at a quarter of the coarse size */

/** A problem that a person can do something about; its message is one line. */
export class MattingError extends Error {}

/** The networks, opened once. They hold no state of any video. */
export class Networks {
  /**
   * Load the runtime and the networks from this page's own host.
   * @param {{gpu?: boolean}} [options] - gpu: false keeps to WebAssembly
   * @throws {MattingError} files are missing, or this browser cannot run them
   */
  static async open({ gpu = true } = {}) {
    const { settings, files } = await download();
    if (gpu && (await hasWebGpu())) {
      try {
        const networks = await new Networks(settings).start(files, "webgpu");
        await networks.step(new Float32Array(3 * 32 * 32), 32, 32, networks.emptyState(32, 32)); // compiles, or fails
        await networks.flaws(new Float32Array(32 * 32), 32, 32, 32, 32);
        await networks.patches(new Float32Array(4 * 48 * 48), 1, 48, 48);
        return networks;
      } catch (error) {
        console.warn("WebGPU failed; using WebAssembly", error);
      }
    }
    try {
      return await new Networks(settings).start(files, "wasm");
    } catch (error) {
      throw new MattingError(`this browser cannot run the network (${/** @type {Error} */ (error).message})`);
    }
  }

  /** @param {Settings} settings */
  constructor(settings) {
    this.settings = settings;
    this.device = "wasm";
    this.threads = 1;
    /** @type {any} */
    this.ort = this.stepNetwork = this.flawsNetwork = this.patchesNetwork = null;
  }

  /**
   * @param {Uint8Array[]} files
   * @param {"webgpu" | "wasm"} device
   */
  async start(files, device) {
    // two builds of the runtime: the one without WebGPU is half as large
    this.ort = await import(new URL(`runtime/ort.${device}.min.mjs`, BUILT).href);
    this.ort.env.wasm.wasmPaths = new URL("runtime/", BUILT).href;
    this.threads = self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS) : 1;
    this.ort.env.wasm.numThreads = this.threads;
    this.ort.env.logLevel = "error";
    this.device = device;
    const open = [];
    // one after the other: the runtime starts with the first
    for (const bytes of files)
      open.push(await this.ort.InferenceSession.create(bytes, { executionProviders: [device] }));
    [this.stepNetwork, this.flawsNetwork, this.patchesNetwork] = open;
    return this;
  }

  /**
   * What computes, for people.
   * @returns {string}
   */
  get description() {
    if (this.device === "webgpu") return "on the graphics card (WebGPU)";
    return `on the processor (WebAssembly, ${this.threads === 1 ? "one thread" : `${this.threads} threads`})`;
  }

  /**
   * The state before the first frame, for coarse frames of this size.
   * @param {number} width
   * @param {number} height
   * @returns {State}
   */
  emptyState(width, height) {
    const [columns, rows] = [Math.ceil(width / 4), Math.ceil(height / 4)];
    const [bgF, bgM, prompt] = [24, 1, 3].map((channels) =>
      this.tensor(new Float32Array(channels * rows * columns), [1, channels, rows, columns]),
    );
    return { bgF, bgM, prompt };
  }

  /**
   * S, D, F and B on one frame.
   * @param {Float32Array} planes - (3, height, width) in [0, 1], sides even
   * @param {number} width
   * @param {number} height
   * @param {State} state
   * @returns {Promise<{alpha: Float32Array, state: State}>}
   */
  async step(planes, width, height, state) {
    const out = await this.stepNetwork.run({ frame: this.tensor(planes, [1, 3, height, width]), ...state });
    return { alpha: out.alpha.data, state: { bgF: out.bgF_next, bgM: out.bgM_next, prompt: out.prompt_next } };
  }

  /**
   * P's flaw map.
   * @param {Float32Array} alpha - coarse, (height, width)
   * @param {number} width
   * @param {number} height
   * @param {number} frameWidth
   * @param {number} frameHeight
   * @returns {Promise<Float32Array>} - (k, k) in [0, 1]
   */
  async flaws(alpha, width, height, frameWidth, frameHeight) {
    const size = new this.ort.Tensor("int64", BigInt64Array.from([BigInt(frameHeight), BigInt(frameWidth)]), [2]);
    return (await this.flawsNetwork.run({ alpha: this.tensor(alpha, [1, 1, height, width]), size })).flaws.data;
  }

  /**
   * P's PatchNet.
   * @param {Float32Array} patches - (count, 4, height, width)
   * @param {number} count
   * @param {number} height
   * @param {number} width
   * @returns {Promise<Float32Array>} - (count, height, width)
   */
  async patches(patches, count, height, width) {
    return (await this.patchesNetwork.run({ patches: this.tensor(patches, [count, 4, height, width]) })).refined.data;
  }

  /**
   * @param {Float32Array} data
   * @param {number[]} shape
   */
  tensor(data, shape) {
    return new this.ort.Tensor("float32", data, shape);
  }
}

/** The networks' files and settings. */
export async function download() {
  const settings = JSON.parse(new TextDecoder().decode(await file("networks/settings.json")));
  const files = await Promise.all(["step", "flaws", "patches"].map((name) => file(`networks/${name}.onnx`)));
  return { settings, files };
}

/** Whether there is a graphics card that WebGPU can use; one in software would be slower than WebAssembly. */
async function hasWebGpu() {
  try {
    const adapter = await /** @type {any} */ (navigator).gpu?.requestAdapter();
    return Boolean(adapter) && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
  } catch {
    return false;
  }
}

/**
 * A file of the built page.
 * @param {string} name
 */
async function file(name) {
  const answer = await fetch(new URL(name, BUILT)).catch(() => null);
  if (!answer?.ok)
    throw new MattingError(`built/${name} is missing: run "make web" in a clone of the kit, then reload`);
  return new Uint8Array(await answer.arrayBuffer());
}
