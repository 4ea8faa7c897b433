// Players of uploaded videos, by the id of their component. If the browser cannot play a video, the server makes a small
// copy, and the player shows that instead. The component's value stays the original video.
const ABOUT = {source: "#about"};  // the note and the poster beside a player
const uploadPlayer = (id) => document.querySelector(`#${id} video`);

// Otherwise Gradio reports "Video not playable" for codecs that only this browser lacks (HEVC, ProRes).
document.addEventListener("error", (event) => {
  if (event.target.closest?.(".upload-player")) event.stopImmediatePropagation();
}, true);

// Resolves to true if the player cannot show the picture; some browsers then play only the sound.
window.uploadRefused = async (id) => {
  for (let waited = 0; waited < 5000; waited += 100) {
    const video = uploadPlayer(id);
    if (video?.error || (video?.readyState >= 1 && !video.videoWidth)) {
      video.refused = video.src;
      return true;
    }
    if (video?.videoWidth) {
      document.querySelectorAll(`${ABOUT[id]} .refused`).forEach((element) => element.remove());
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
};

window.playCopy = (id, copy) => {
  const video = uploadPlayer(id);
  if (!copy || !video?.refused || video.src !== video.refused) return;  // another video was chosen meanwhile
  video.src = copy.url;
  document.querySelector(`${ABOUT[id]} .poster`)?.remove();
};
