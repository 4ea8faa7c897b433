// The player of "Your video". If the browser cannot play the video, the server makes a small copy, and the player shows
// that instead. The component's value stays the original video.
const sourcePlayer = () => document.querySelector("#source video");

// Otherwise Gradio reports "Video not playable" for codecs that only this browser lacks (HEVC, ProRes).
document.addEventListener("error", (event) => {
  if (event.target.closest?.("#source")) event.stopImmediatePropagation();
}, true);

// Resolves to true if the player cannot show the picture; some browsers then play only the sound.
window.sourceRefused = async () => {
  for (let waited = 0; waited < 5000; waited += 100) {
    const video = sourcePlayer();
    if (video?.error || (video?.readyState >= 1 && !video.videoWidth)) {
      video.refused = video.src;
      return true;
    }
    if (video?.videoWidth) {
      document.querySelectorAll("#about .refused").forEach((element) => element.remove());
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
};

window.playCopy = (copy) => {
  const video = sourcePlayer();
  if (!copy || !video?.refused || video.src !== video.refused) return;  // another video was chosen meanwhile
  video.src = copy.url;
  document.querySelector("#about .poster")?.remove();
};
