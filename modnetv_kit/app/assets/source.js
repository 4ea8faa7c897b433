// The player of "Your video". Where the browser cannot show the video, the server makes a small copy, which plays in its
// place. The component goes on to hold the video itself: only the address that the player reads is another.
const sourcePlayer = () => document.querySelector("#source video");

// Gradio would announce "Video not playable", also of videos that only this browser does not know (HEVC, ProRes).
document.addEventListener("error", (event) => {
  if (event.target.closest?.("#source")) event.stopImmediatePropagation();
}, true);

// Resolves to whether the player cannot show what it holds; a browser may also play the sound alone.
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
