/** The page: buttons, the loop over frames, and what it says. */

import { Matter } from "./matter.js";
import { Recording } from "./recording.js";
import { closeSource, nextFrame, openCamera, openFile } from "./source.js";

const WINDOW = 3000; // milliseconds over which the frame rate is averaged
/** @type {Record<string, string>} */
const RESETS = { "frame size": "the frame size changed", "scene cut": "new scene", brightness: "the light changed" };

/** @param {string} id */
const element = (id) => /** @type {any} */ (document.getElementById(id));
/** @type {HTMLVideoElement} */
const video = element("source");
/** @type {HTMLCanvasElement} */
const result = element("result");

/** @type {Matter | null} */
let matter = null;
/** @type {Recording | null} */
let recording = null;
/** @type {Promise<{description: string, threads: number, device: string}> | null} */
let opened = null;
let run = 0; // the number of the loop that runs; an older one ends

const READY = "Choose the camera or a video.";

/** @param {string} text */
function say(text) {
  element("status").textContent = text;
}

/** @param {unknown} error */
function complain(error) {
  element("problem").textContent = error ? `${/** @type {Error} */ (error).message}.` : "";
  element("problem").hidden = !error;
}

/** @param {boolean} running */
function setRunning(running) {
  element("stop").hidden = !running;
  for (const name of ["record", "forget"]) element(name).disabled = !running;
}

/** The worker with the networks, loaded when first needed. */
async function openMatter() {
  if (!matter || !opened) {
    say("Loading the network…");
    matter = new Matter();
    opened = matter.ask("open");
    opened.catch(closeMatter); // the next try starts over
  }
  return { matter, computes: await opened };
}

function closeMatter() {
  matter?.close();
  matter = opened = null;
}

/** @param {(video: HTMLVideoElement, isWanted: () => boolean) => Promise<void>} open */
async function start(open) {
  complain(null);
  const mine = ++run;
  try {
    await endRecording();
    await open(video, () => mine === run);
    if (mine !== run) return;
    element("stop").hidden = false;
    const stream = /** @type {MediaStream | null} */ (video.srcObject);
    stream
      ?.getVideoTracks()[0]
      .addEventListener("ended", () => breakOff("the camera is gone: connect it, then try again"));
    const { matter, computes } = await openMatter();
    if (mine !== run) return;
    await matter.ask("reset");
    if (mine !== run) return;
    setRunning(true);
    video.play().catch(() => say("Press play."));
    await loop(mine, matter, describe(computes));
  } catch (error) {
    if (mine !== run) return;
    stop();
    complain(error);
  }
}

/** @param {{description: string, threads: number, device: string}} computes */
function describe({ description, threads, device }) {
  const needsHeaders = device === "wasm" && threads === 1 && !window.crossOriginIsolated;
  return needsHeaders ? `${description}; for more, open it in a tab of its own, served with the headers of modnetv web` : description;
}

/**
 * @param {number} mine
 * @param {Matter} matter
 * @param {string} computes
 */
async function loop(mine, matter, computes) {
  /** @type {number[]} */
  const times = [];
  for (let frames = 1; mine === run; frames++) {
    if (document.hidden) await visible();
    if (mine !== run) return;
    const bitmap = await createImageBitmap(video);
    const drawn = await matter.ask("draw", { bitmap, ...chosenBackground() }, [bitmap]).catch((error) => {
      if (mine === run) closeMatter(); // a graphics card that was lost fails again
      throw error;
    });
    if (mine !== run) return;
    show(drawn);
    if (drawn.reset) frames = 1;
    times.push(performance.now());
    while (times[0] < times[times.length - 1] - WINDOW) times.shift();
    const rate = (1000 * (times.length - 1)) / (times[times.length - 1] - times[0]);
    const why = RESETS[drawn.reset] ? ` · restarted: ${RESETS[drawn.reset]}` : "";
    say(`${rate ? rate.toFixed(1) : "…"} frames/s ${computes} · frame ${frames}${why}`);
    result.dataset.frames = String(frames);
    await nextFrame(video);
  }
}

function chosenBackground() {
  const kind = document.querySelector("input[name=kind]:checked")?.getAttribute("value");
  return { kind, colour: element("colour").value };
}

/** Show another background while no new frame comes: a video that is paused, or has ended. */
async function redraw() {
  const drawn = await matter?.ask("redraw", chosenBackground());
  if (drawn && !element("stop").hidden) show(drawn);
}

/** @param {Record<string, ImageData>} drawn */
function show(drawn) {
  for (const [name, picture] of Object.entries({ ...drawn, result: drawn.picture })) {
    const canvas = element(name);
    if (!(picture instanceof ImageData) || !(canvas instanceof HTMLCanvasElement)) continue;
    if (canvas.width !== picture.width) canvas.width = picture.width;
    if (canvas.height !== picture.height) canvas.height = picture.height;
    canvas.getContext("2d")?.putImageData(picture, 0, 0);
  }
}

/** Resolves when the tab is shown again. */
function visible() {
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

function stop() {
  run++;
  closeSource(video);
  setRunning(false);
  say(READY);
  return endRecording();
}

/** @param {string} why */
function breakOff(why) {
  stop();
  complain(new Error(why));
}

async function endRecording() {
  if (!recording) return;
  const ended = recording;
  recording = null;
  element("record").textContent = "Record";
  element("record").setAttribute("aria-pressed", "false");
  const file = await ended.stop();
  const link = element("download");
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  element("recorded").hidden = false;
}

function record() {
  try {
    recording = new Recording(result);
  } catch (error) {
    return complain(error);
  }
  element("record").textContent = "End the recording";
  element("record").setAttribute("aria-pressed", "true");
  element("recorded").hidden = true;
  redraw(); // a recording without any picture would never end
}

/** A tab in the background pauses: the video, the recording, and with them the loop. */
let playedBefore = false;
document.addEventListener("visibilitychange", () => {
  recording?.pause(document.hidden);
  if (!video.controls) return; // the camera has no time of its own
  if (document.hidden) {
    playedBefore = !video.paused;
    video.pause();
  } else if (playedBefore) video.play();
});

/** @param {File | undefined} file */
async function setPicture(file) {
  if (!file) return;
  complain(null);
  try {
    const bitmap = await createImageBitmap(file);
    await (await openMatter()).matter.ask("setPicture", bitmap, [bitmap]);
    await redraw();
  } catch (error) {
    const isUndecodable = error instanceof DOMException;
    complain(isUndecodable ? new Error(`this browser cannot decode ${file.name}: choose a JPEG or PNG file`) : error);
  } finally {
    if (element("stop").hidden) say(READY);
  }
}

element("camera").onclick = () => start(openCamera);
element("file").onchange = (/** @type {any} */ { target }) => {
  const [file] = target.files;
  target.value = ""; // the same file can be chosen again
  if (file) start((video) => openFile(video, file));
};
element("picture").onchange = (/** @type {any} */ { target }) => setPicture(target.files[0]);
element("stop").onclick = stop;
element("forget").onclick = () => matter?.ask("reset");
element("record").onclick = () => (recording ? endRecording() : record());
element("backgrounds").onchange = (/** @type {any} */ { target }) => {
  for (const kind of ["colour", "picture"]) element(`${kind}-choice`).hidden = target.value !== kind;
  redraw();
};
element("colour").oninput = redraw;
video.onended = () => endRecording();
video.onerror = () => {
  if (!element("stop").hidden) breakOff("the video cannot be decoded from here on");
};
say(READY);
