/** Converts the chosen file in the worker, frame by frame, while the page shows how far it is. */

import { Rate } from "./rate.js";

const SHOWN = 500; // milliseconds between two pictures and lines of progress
/** @type {Record<string, string>} */
const TYPES = { mp4: "video/mp4", webm: "video/webm" };

/**
 * @typedef {object} View - of the page
 * @property {(text: string, share: number) => void} report - share: how much of the video is done
 * @property {(drawn: any) => void} show
 * @property {(error: Error) => void} complain
 * @property {() => boolean} isStopped
 */
/** @typedef {{frames: number, seconds: number, name: string, file: File | null}} Converted - file: null on disk */

/** Why this browser cannot convert, in one line; null if it can. */
export function obstacle() {
  if ("VideoEncoder" in window && "VideoDecoder" in window) return null;
  const why = window.isSecureContext
    ? "this browser has no WebCodecs, which this needs"
    : "this needs a secure page: open it by https, or on localhost";
  return `${why}. Record keeps what the preview shows, without sound; modnetv matte converts files`;
}

/**
 * @param {import("./matter.js").Matter} matter
 * @param {File} source
 * @param {{kind: string, colour: string}} background
 * @param {View} view
 * @returns {Promise<Converted | null>} - null if the person chose no place for the result
 * @throws {Error} one line: nothing was converted
 */
export async function convert(matter, source, background, view) {
  const { container } = await matter.ask("openConversion", { file: source, ...background });
  const name = `${source.name.replace(/\.[^.]*$/, "")}_matted.${container}`;
  const place = view.isStopped() ? undefined : await choosePlace(name, container);
  if (place === undefined) {
    await matter.ask("closeConversion");
    return null;
  }
  return awake(async () => {
    const started = performance.now();
    view.report("Preparing…", 0);
    try {
      await frames(matter, place, view);
    } catch (error) {
      view.complain(/** @type {Error} */ (error)); // the frames so far are kept, if the result can be completed
    }
    const { frames: count, file, problem } = await matter.ask("endConversion");
    if (problem) view.complain(new Error(problem));
    const seconds = (performance.now() - started) / 1000;
    const kept = file && new File([file], name, { type: TYPES[container] });
    return { frames: count, seconds, name: place?.name ?? name, file: kept };
  });
}

/**
 * @param {import("./matter.js").Matter} matter
 * @param {any} place
 * @param {View} view
 */
async function frames(matter, place, view) {
  const { duration, problem } = await matter.ask("beginConversion", place);
  if (problem) view.complain(new Error(problem));
  while (!view.isStopped() && (await matter.ask("warmUp")));
  const started = performance.now();
  const rate = new Rate();
  for (let count = 1, shown = 0; !view.isStopped(); count++) {
    const isDue = performance.now() - shown > SHOWN;
    const converted = await matter.ask("convertFrame", isDue && !document.hidden);
    if (!converted) {
      if (count === 1) throw new Error("no frame of the file can be decoded: it may be cut off");
      return;
    }
    rate.add();
    if (!isDue) continue;
    shown = performance.now();
    if (converted.drawn) view.show(converted.drawn);
    const share = Math.min(1, converted.time / duration || 0);
    const left = share ? ` · ${inWords(((shown - started) / 1000) * (1 / share - 1))} left` : "";
    view.report(`Frame ${count} · ${Math.floor(100 * share)} % · ${rate.text}${left}`, share);
  }
}

/**
 * A file on disk that the person chooses, where the browser has that: it may be larger than the memory.
 * @param {string} name
 * @param {string} container
 * @returns {Promise<any>} - null: none here, so the result is kept in memory; undefined: the person wants none
 * @throws {Error} one line: the browser wants another press of the button
 */
async function choosePlace(name, container) {
  const { showSaveFilePicker } = /** @type {any} */ (window);
  if (!showSaveFilePicker) return null;
  try {
    const types = [{ accept: { [TYPES[container]]: [`.${container}`] } }];
    return await showSaveFilePicker({ suggestedName: name, types });
  } catch (error) {
    if (/** @type {Error} */ (error).name === "AbortError") return undefined;
    if (window.self === window.top && !navigator.userActivation?.isActive)
      throw new Error("the file took so long to open that the browser asks for another click: press the button again");
    return null; // frames of other sites may not ask
  }
}

/**
 * Work that goes on in a tab in the background: browsers freeze such tabs in the end, but not while they hold a lock.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function awake(work) {
  const warn = (/** @type {Event} */ event) => event.preventDefault(); // closing the page would lose the result
  window.addEventListener("beforeunload", warn);
  try {
    return await (navigator.locks ? navigator.locks.request(`conversion ${crypto.randomUUID()}`, work) : work());
  } finally {
    window.removeEventListener("beforeunload", warn);
  }
}

/** @param {number} seconds */
export function inWords(seconds) {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
