// Half a minute of the recording around now: its level, and above it the shape of whoever speaks.

const SPAN_MS = 30000;

export class Wave {
  constructor(canvas, { perS, voices, shapes, seek }) {
    this.canvas = canvas;
    this.perS = perS;
    this.voices = voices;
    this.shapes = shapes;
    this.peaks = null;
    this.drawn = -1;
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      seek(this.now + ((event.clientX - box.left) / box.width - 0.5) * SPAN_MS);
    });
    new ResizeObserver(() => this.draw(this.now ?? 0, true)).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw(this.now ?? 0, true));
  }

  draw(ms, force = false) {
    this.now = ms;
    const key = Math.round(ms / 40);
    if (key === this.drawn && !force) return;
    this.drawn = key;
    const { canvas } = this;
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const style = getComputedStyle(canvas);
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const from = ms - SPAN_MS / 2;
    const top = 15;
    if (this.peaks) {
      const middle = top + (height - top) / 2;
      context.fillStyle = style.getPropertyValue("--quiet");
      const each = this.perS * SPAN_MS / 1000 / width;
      for (let x = 0; x < width; x++) {
        const first = Math.floor((from / 1000) * this.perS + x * each);
        let peak = 0;
        for (let at = Math.max(first, 0); at < Math.min(first + Math.max(each, 1), this.peaks.length); at++) peak = Math.max(peak, this.peaks[at]);
        if (first < 0 || first >= this.peaks.length) continue;
        const half = Math.max(0.5, (peak / 127) * (height - top) / 2);
        context.fillRect(x, middle - half, 1, 2 * half);
      }
    }
    context.fillStyle = style.getPropertyValue("--accent");
    context.strokeStyle = style.getPropertyValue("--accent");
    for (const [speaker, start, end] of this.voices) {
      if (end < from || start > from + SPAN_MS) continue;
      const left = Math.max(0, ((start - from) / SPAN_MS) * width);
      const right = Math.min(width, ((end - from) / SPAN_MS) * width);
      context.fillRect(left, 11, Math.max(right - left - 1, 1), 2);
      context.font = "11px system-ui, sans-serif";
      if (right - left > 10) context.fillText(this.shapes[speaker % this.shapes.length], left, 9);
    }
    context.fillStyle = style.getPropertyValue("--mark");
    context.fillRect(width / 2 - 1, 0, 2, height);
  }
}
