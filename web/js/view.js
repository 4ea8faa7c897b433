/** What the page shows: lines of text, pictures, and the link to a result. */

/** @param {string} id */
export const element = (id) => /** @type {any} */ (document.getElementById(id));
/** @param {string} text */
export function say(text) {
  element("status").textContent = text;
}

/** @param {unknown} error */
export function complain(error) {
  element("problem").textContent = error ? `${/** @type {Error} */ (error).message}.` : "";
  element("problem").hidden = !error;
}

/** @param {Record<string, ImageData>} drawn */
export function show(drawn) {
  for (const [name, picture] of Object.entries({ ...drawn, result: drawn.picture })) {
    const canvas = element(name);
    if (!(picture instanceof ImageData) || !(canvas instanceof HTMLCanvasElement)) continue;
    if (canvas.width !== picture.width) canvas.width = picture.width;
    if (canvas.height !== picture.height) canvas.height = picture.height;
    canvas.getContext("2d")?.putImageData(picture, 0, 0);
  }
}

/**
 * @param {string} text
 * @param {number} share
 */
export function report(text, share) {
  say(text);
  element("progress").value = share;
}

/**
 * @param {File | null} file - null if it is on disk already
 * @param {string} words - on the link
 * @param {string} [summary]
 */
export function offer(file, words, summary = "") {
  const link = element("download");
  element("recorded").hidden = false; // before its text, so that the text is read aloud
  URL.revokeObjectURL(link.href);
  if (file) link.href = URL.createObjectURL(file);
  link.download = file?.name ?? "";
  link.textContent = words;
  link.hidden = !file;
  element("summary").textContent = summary;
}
