/** The camera or a video file as the source of frames. */

const CAMERA = { video: { width: { ideal: 640 }, height: { ideal: 360 } }, audio: false };
const REFUSED = "the camera was refused: allow it in the browser's address bar, or choose a video file";
/** @type {Record<string, string>} */
const CAMERA_PROBLEMS = {
  NotAllowedError: REFUSED,
  SecurityError: REFUSED,
  NotFoundError: "there is no camera here: connect one, or choose a video file",
  NotReadableError: "the camera cannot be read: close the program that uses it, then try again",
};

/**
 * Show the camera in a video element.
 * @param {HTMLVideoElement} video
 * @param {() => boolean} isWanted - false once something else was chosen while the browser asked for permission
 * @throws {Error} one line: refused, absent, in use
 */
export async function openCamera(video, isWanted) {
  if (!navigator.mediaDevices)
    throw new Error("the camera needs a secure page: open this page by https, or on localhost");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(CAMERA);
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    throw new Error(CAMERA_PROBLEMS[name] ?? `the camera cannot be opened (${message || name})`);
  }
  if (!isWanted()) return stream.getTracks().forEach((track) => track.stop());
  closeSource(video);
  video.srcObject = stream;
  video.controls = false;
  await video.play();
}

/**
 * Play a file in a video element.
 * @param {HTMLVideoElement} video
 * @param {File} file
 * @throws {Error} one line: the browser cannot decode it, or it has no picture
 */
export async function openFile(video, file) {
  closeSource(video);
  const address = URL.createObjectURL(file);
  const loaded = new Promise((resolve, reject) => {
    video.addEventListener("loadeddata", resolve, { once: true });
    video.addEventListener("error", reject, { once: true });
  });
  video.src = address;
  try {
    await loaded;
  } catch {
    closeSource(video);
    throw new Error(`this browser cannot decode ${file.name}: choose an MP4 (H.264) or WebM file`);
  }
  if (!video.videoWidth) {
    closeSource(video);
    throw new Error(`${file.name} has no picture that this browser can decode: choose an MP4 (H.264) or WebM file`);
  }
  video.controls = true;
}

/**
 * Stop the camera or the file.
 * @param {HTMLVideoElement} video
 */
export function closeSource(video) {
  const stream = /** @type {MediaStream | null} */ (video.srcObject);
  stream?.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
  if (video.src) URL.revokeObjectURL(video.src);
  video.removeAttribute("src");
  video.load();
}

/**
 * The next new frame of a video that plays.
 * @param {HTMLVideoElement} video
 */
export function nextFrame(video) {
  return new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
    else requestAnimationFrame(resolve);
  });
}
