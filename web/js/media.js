/** Mediabunny, which reads and writes video files; loaded when the first file is converted. */

/** @returns {Promise<any>} */
export const loadMedia = () => import(new URL("../built/mediabunny/mediabunny.min.mjs", import.meta.url).href);
