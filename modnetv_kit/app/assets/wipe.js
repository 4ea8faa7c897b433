// <wipe-view for="ID">: shows a video whose frames hold source and result side by side as one picture with a movable
// divider. Both halves come from one video, so they are always in sync.
class WipeView extends HTMLElement {
  connectedCallback() {
    if (this.canvas) return;
    this.innerHTML = `<div class="wipe-screen"><canvas role="img" aria-label="source and result"></canvas></div>
      <div class="wipe-controls"><button type="button" class="wipe-play">Pause</button>
      <input type="range" min="0" max="1000" value="500" aria-label="Line between source and result">
      <button type="button" class="wipe-sound">Sound</button></div>`;
    [this.canvas, this.range] = [this.querySelector("canvas"), this.querySelector("input")];
    [this.play, this.sound] = [this.querySelector(".wipe-play"), this.querySelector(".wipe-sound")];
    this.play.onclick = () => (this.video?.paused ? this.video.play() : this.video?.pause());
    this.sound.onclick = () => { if (this.video) this.video.muted = !this.video.muted; };
    const drag = (event) => {
      const box = this.canvas.getBoundingClientRect();
      this.range.value = 1000 * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    };
    this.canvas.onpointerdown = (event) => { this.canvas.setPointerCapture(event.pointerId); drag(event); };
    this.canvas.onpointermove = (event) => { if (event.buttons) drag(event); };
    const draw = () => {
      if (!this.isConnected) { this.canvas = null; return; }
      this.draw();
      requestAnimationFrame(draw);
    };
    draw();
  }
  draw() {
    const video = document.querySelector(`#${this.getAttribute("for")} video`);
    if (video !== this.video) {
      this.video = video;
      if (video) this.begin(video);
    }
    if (!video?.videoWidth || !this.offsetParent) return;
    const [width, height, place] = [video.videoWidth / 2, video.videoHeight, this.range.value / 1000];
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    const [context, x] = [this.canvas.getContext("2d"), Math.round(place * width)];
    context.drawImage(video, width, 0, width, height, 0, 0, width, height);
    if (x) context.drawImage(video, 0, 0, x, height, 0, 0, x, height);
    context.fillStyle = "#fff";
    context.fillRect(x - 1, 0, 2, height);
    const playing = !video.paused;
    this.play.textContent = playing ? "Pause" : "Play";
    this.sound.textContent = video.muted ? "Sound on" : "Sound off";
  }
  begin(video) {
    video.muted = video.loop = video.playsInline = true;
    // if autoplay is blocked, show a frame from the middle
    const start = () => video.play().catch(() => { video.currentTime = video.duration / 2; });
    if (video.readyState >= 2) start(); else video.addEventListener("loadeddata", start, {once: true});
    video.addEventListener("loadeddata", () => { video.muted = video.loop = true; });
  }
}
customElements.get("wipe-view") || customElements.define("wipe-view", WipeView);
