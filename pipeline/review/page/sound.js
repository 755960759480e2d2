// Plays the recording, or one person's track of it: from a word, back a little after a pause, one sentence again and again.

import { ready } from "./server.js";

const LEAD_S = 0.25;  // before a word, so that its beginning is heard
const LOOP_GAP_MS = 400;

export class Sound {
  /** `state.audio` or null; `page`: {begins(), playing(isPlaying), heard(intervalMs), problem(words)}. */
  constructor(audio, page, settings) {
    this.page = page;
    this.settings = settings;
    this.audio = audio;
    this.element = document.createElement("audio");
    this.element.preload = "auto";
    this.element.preservesPitch = true;
    this.loop = null;
    this.track = -1;
    this.heardFrom = null;
    this.ready = false;
    for (const name of ["play", "pause", "ended"]) this.element.addEventListener(name, () => this.state());
    this.element.addEventListener("seeking", () => this.note());
    this.element.addEventListener("error", () => this.failed());
    document.body.append(this.element);
    if (audio) this.load(audio.url, audio.ready);
  }

  /** A file that cannot be played is told; a connection that broke is tried once more. */
  failed() {
    const { error } = this.element;
    if (!this.audio || !error || error.code === MediaError.MEDIA_ERR_ABORTED) return;
    if (error.code === MediaError.MEDIA_ERR_NETWORK && !this.retried) {
      this.retried = true;
      this.load(this.track < 0 ? this.audio.url : this.audio.tracks.find((one) => one.speaker === this.track).url);
      return;
    }
    this.page.problem(`Der Ton lässt sich nicht abspielen${error.message ? ` (${error.message})` : ""}.`);
  }

  get available() {
    return this.audio !== null;
  }

  async load(url, isReady = false) {
    try {
      if (!isReady) await ready(url);
    } catch (error) {
      this.page.problem(error.message);
      return;
    }
    const at = this.element.currentTime;
    const plays = !this.element.paused;
    this.element.src = url;
    this.element.playbackRate = this.settings.speed;
    if (at) this.element.currentTime = at;
    if (plays) this.element.play();
    this.ready = true;
  }

  get ms() {
    return this.element.currentTime * 1000;
  }

  get playing() {
    return !this.element.paused;
  }

  state() {
    this.note();
    if (this.playing) this.heardFrom = this.ms;
    this.page.playing(this.playing);
  }

  /** Report what was heard since the last time. */
  note() {
    const from = this.heardFrom;
    const to = this.lastMs;
    if (from !== null && to !== undefined && to - from > 300) this.page.heard([Math.round(from), Math.round(to)]);
    this.heardFrom = this.playing ? this.ms : null;
    this.lastMs = this.playing ? this.ms : undefined;
  }

  /** Call on every frame while it plays. */
  frame() {
    if (!this.playing) return;
    this.lastMs = this.ms;
    if (this.loop && this.ms >= this.loop[1]) {
      const [from] = this.loop;
      this.element.pause();
      clearTimeout(this.loopTimer);
      this.loopTimer = setTimeout(() => this.loop && this.from(from, { keepLoop: true }), LOOP_GAP_MS);
    }
  }

  speed(value) {
    this.settings.speed = Math.min(2.5, Math.max(0.5, Math.round(value * 10) / 10));
    this.element.defaultPlaybackRate = this.settings.speed;
    this.element.playbackRate = this.settings.speed;
  }

  /** Play from a time; a little earlier, so that the word's beginning is heard. */
  from(ms, { keepLoop = false } = {}) {
    if (!keepLoop) this.stopLoop();
    this.seek(ms - LEAD_S * 1000);
    return this.play();
  }

  seek(ms) {
    const limit = Number.isFinite(this.element.duration) ? this.element.duration : Infinity;
    this.element.currentTime = Math.min(Math.max(ms / 1000, 0), limit);
  }

  async play() {
    if (!this.available) return;
    this.page.begins();  // at once: the browser's "play" event may come after the next key
    try {
      await this.element.play();
    } catch (error) {
      if (error.name === "NotAllowedError") this.page.problem("Der Browser spielt erst nach einem Klick: bitte einmal auf „Abspielen“ klicken.");
    }
  }

  pause() {
    clearTimeout(this.loopTimer);
    this.element.pause();
  }

  /** Go on after a pause, a little before it. */
  resume() {
    if (this.element.currentTime) this.seek(this.ms - this.settings.backStep * 1000);
    return this.play();
  }

  jump(seconds) {
    this.stopLoop();
    this.seek(this.ms + seconds * 1000);
  }

  startLoop(from, to) {
    this.loop = [from, to];
    return this.from(from, { keepLoop: true });
  }

  stopLoop() {
    this.loop = null;
    clearTimeout(this.loopTimer);
  }

  /** Hear one person's track only, or all again. */
  solo(speaker) {
    const track = this.audio?.tracks.find((one) => one.speaker === speaker);
    if (!track) return false;
    this.track = this.track === speaker ? -1 : speaker;
    this.load(this.track < 0 ? this.audio.url : track.url);
    return true;
  }
}
