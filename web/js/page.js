/** The page: buttons, the loop over frames, and what it says. */

import { convert, inWords, obstacle } from "./convert.js";
import { Matter } from "./matter.js";
import { Rate } from "./rate.js";
import { Recording } from "./recording.js";
import { closeSource, nextFrame, openCamera, openFile } from "./source.js";
import { complain, element, offer, report, say, show } from "./view.js";

/** @type {Record<string, string>} */
const RESETS = { "frame size": "the frame size changed", "scene cut": "new scene", brightness: "the light changed" };

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
/** @type {File | null} */
let chosen = null; // the file that is shown; null for the camera
let isConverting = false;
let isStopped = false; // whether the conversion is to end with the current frame

const BROKEN = "the video cannot be decoded from here on";
const READY = "Choose the camera or a video.";

/** @param {boolean} running */
function setRunning(running) {
  element("stop").hidden = !running;
  for (const name of ["record", "forget"]) element(name).disabled = !running;
  element("convert").hidden = !running || !chosen;
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

/**
 * @param {(video: HTMLVideoElement, isWanted: () => boolean) => Promise<void>} open
 * @param {File | null} [file]
 */
async function start(open, file = null) {
  complain(null);
  const mine = ++run;
  chosen = null;
  element("convert").hidden = true; // until the new source is there
  try {
    await endRecording();
    await open(video, () => mine === run);
    if (mine !== run) return;
    chosen = file;
    element("stop").hidden = false;
    const stream = /** @type {MediaStream | null} */ (video.srcObject);
    stream
      ?.getVideoTracks()[0]
      .addEventListener("ended", () => breakOff("the camera is gone: connect it, then try again"));
    const { matter } = await openMatter();
    if (mine !== run) return;
    await matter.ask("reset");
    if (mine !== run) return;
    video.play().catch(() => say("Press play."));
  } catch (error) {
    if (mine !== run) return;
    stop();
    return complain(error);
  }
  await preview(mine);
}

/** @param {number} mine */
async function preview(mine) {
  try {
    const { matter, computes } = await openMatter();
    if (mine !== run) return;
    setRunning(true);
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
  const rate = new Rate();
  for (let frames = 1; mine === run; frames++) {
    if (document.hidden) await visible();
    if (mine !== run) return;
    const bitmap = await createImageBitmap(video).catch(() => {
      throw new Error(BROKEN);
    });
    const drawn = await matter.ask("draw", { bitmap, ...chosenBackground() }, [bitmap]).catch((error) => {
      if (mine === run) closeMatter(); // a graphics card that was lost fails again
      throw error;
    });
    if (mine !== run) return;
    show(drawn);
    if (drawn.reset) frames = 1;
    rate.add();
    const why = RESETS[drawn.reset] ? ` · restarted: ${RESETS[drawn.reset]}` : "";
    say(`${rate.text} ${computes} · frame ${frames}${why}`);
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
  element("convert").disabled = false;
  offer(await ended.stop(), "Save the recording");
}

function record() {
  try {
    recording = new Recording(result);
  } catch (error) {
    return complain(error);
  }
  element("record").textContent = "End the recording";
  element("record").setAttribute("aria-pressed", "true");
  element("convert").disabled = true; // the recording would have to end
  element("recorded").hidden = true;
  redraw(); // a recording without any picture would never end
}

/** Convert the whole file, with the background of this moment; the preview waits. */
async function convertChosen() {
  const file = /** @type {File} */ (chosen);
  complain(null);
  const why = obstacle();
  if (why) return complain(new Error(why));
  run++; // ends the preview's loop
  video.pause();
  setConverting(true);
  let converted = null;
  try {
    const { matter } = await openMatter();
    const view = { report, show, complain, isStopped: () => isStopped };
    converted = await convert(matter, file, chosenBackground(), view);
  } catch (error) {
    complain(error);
  }
  setConverting(false);
  if (converted) conclude(converted);
  await preview(++run);
}

/** @param {boolean} converting */
function setConverting(converting) {
  isConverting = converting;
  isStopped = false;
  const hadFocus = document.activeElement === element(converting ? "convert" : "stop");
  element("progress").hidden = !converting;
  element("status").ariaLive = converting ? "off" : "polite"; // twice a second is too often to be read aloud
  element("stop").textContent = converting ? "Stop and keep what is done" : "Stop";
  element("stop").disabled = false;
  // other settings would be without effect until the end
  for (const input of document.querySelectorAll(".controls :is(button, input):not(#stop)"))
    /** @type {HTMLInputElement} */ (input).disabled = converting;
  // an earlier result stays until there is another one, but it is not to be taken for this one
  element("recorded").hidden = converting || !element("download").textContent;
  if (hadFocus) element(converting ? "stop" : "convert").focus();
}

function stopConverting() {
  isStopped = true;
  element("stop").disabled = true;
  element("stop").textContent = "Stopping…";
}

/** @param {import("./convert.js").Converted} converted */
function conclude({ frames, seconds, name, file }) {
  const count = frames === 1 ? "1 frame" : `${frames} frames`;
  const summary = frames ? `${count} converted in ${inWords(seconds)}.` : "No frame was converted.";
  offer(file, "Save the video", file || !frames ? summary : `${summary} Saved as ${name}.`);
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
  if (file) start((video) => openFile(video, file), file);
};
element("picture").onchange = (/** @type {any} */ { target }) => setPicture(target.files[0]);
element("stop").onclick = () => (isConverting ? stopConverting() : stop());
element("convert").onclick = convertChosen;
element("forget").onclick = () => matter?.ask("reset");
element("record").onclick = () => (recording ? endRecording() : record());
element("backgrounds").onchange = (/** @type {any} */ { target }) => {
  for (const kind of ["colour", "picture"]) element(`${kind}-choice`).hidden = target.value !== kind;
  redraw();
};
element("colour").oninput = redraw;
video.onended = () => endRecording();
video.onerror = () => {
  if (!element("stop").hidden && !isConverting) breakOff(BROKEN);
};
say(READY);
