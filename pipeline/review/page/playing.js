// What the page shows of the sound: the word that is heard, the wave, the moment, and how much was heard so far.

import { send } from "./server.js";
import { clock, union } from "./times.js";

const $ = (id) => document.getElementById(id);
const TYPING_MS = 1500;

export class Playing {
  /** `desk`: see review.js. */
  constructor(desk) {
    this.desk = desk;
    this.seen = desk.state.seen.map((pair) => pair.slice());
    this.seenSent = JSON.stringify(this.seen);
    this.heardWord = -1;
    this.heardTurn = 0;
    this.steered = false;  // the cursor was moved by a person since the sound plays
    this.lastKey = 0;
  }

  frame() {
    const { desk } = this;
    const { sound, times } = desk;
    if (desk.leaving) return;
    sound.frame();
    if (sound.available) {
      const { ms } = sound;
      desk.wave.draw(ms);
      $("now").textContent = clock(ms);
      if (document.activeElement !== $("seek")) $("seek").value = String(Math.round(ms));
      $("seek").setAttribute("aria-valuetext", clock(ms));
      const word = sound.playing || this.heardWord >= 0 ? times.heard(ms) : -1;
      if (word !== this.heardWord) {
        this.heardWord = word;
        this.mark();
        const line = sound.playing ? desk.speakers.here() : 0;
        if (line && line !== this.heardTurn) {
          this.heardTurn = line;
          desk.speakers.show();
        }
        if (sound.playing && desk.settings.follow && word >= 0 && !this.typing()) desk.editor.show(times.from[word]);
      }
    }
    setTimeout(() => requestAnimationFrame(() => this.frame()), sound.playing ? 16 : 100);
  }

  typing() {
    return performance.now() - this.lastKey < TYPING_MS;
  }

  /** Mark the open places, doubtful words if wanted, and the heard word in the text. */
  mark() {
    const { times, places, settings, editor } = this.desk;
    const ranges = places.list.filter((place) => !place.settled && place.from < place.to).map((place) => [place.from, place.to, "place"]);
    if (settings.doubts) {
      for (let index = 0; index < times.length; index++) if (times.flags[index] & 2) ranges.push([times.from[index], times.to[index], "doubt"]);
    }
    const word = this.heardWord;
    if (word >= 0 && times.to[word] > times.from[word]) ranges.push([times.from[word], times.to[word], "heard"]);
    editor.mark(ranges);
  }

  /** The sound was started or stopped. */
  changed(isPlaying) {
    this.steered = false;
    this.desk.speakers.show();
    $("play").firstChild.textContent = isPlaying ? "Anhalten " : "Abspielen ";
    if (!isPlaying) this.sendSeen();
  }

  /** A stretch [from, to] in milliseconds was heard. */
  heard(interval) {
    this.seen = union([...this.seen, interval]);
    this.showProgress();
  }

  async sendSeen() {
    const text = JSON.stringify(this.seen);
    if (text === this.seenSent) return;
    this.seenSent = text;
    await send("POST", "seen", { intervals: this.seen }).catch(() => { this.seenSent = ""; });
  }

  showProgress() {
    const { state, sound } = this.desk;
    const total = this.seen.reduce((sum, [from, to]) => sum + Math.min(to, state.duration_ms) - from, 0);
    const share = state.duration_ms ? Math.min(100, Math.round((100 * total) / state.duration_ms)) : 0;
    $("progress").textContent = sound.available ? `gehört: ${share} %` : "";
  }

  showSpeed() {
    $("speed").textContent = `${this.desk.settings.speed.toFixed(1).replace(".", ",")}×`;
  }

  /** The word at the cursor; behind the last word of a paragraph, that word. */
  wordAtCursor() {
    const { view, times, editor } = this.desk;
    const { head } = view.state.selection.main;
    const index = times.at(head);
    if (index < 0) return times.length - 1;
    const line = editor.doc.lineAt(head);
    return times.from[index] > line.to && index > 0 && times.to[index - 1] > line.from ? index - 1 : index;
  }

  /** The times of the sentence at the cursor, or of what is selected. */
  sentence() {
    const { view, times, editor } = this.desk;
    const { from, to, empty } = view.state.selection.main;
    if (!empty) {
      const first = times.at(from);
      const last = Math.max(first, times.at(to) < 0 ? times.length - 1 : times.at(to) - (times.from[times.at(to)] >= to ? 1 : 0));
      return first < 0 ? null : [times.start[first], times.end[last]];
    }
    const at = this.wordAtCursor();
    if (at < 0) return null;
    const line = editor.doc.lineAt(times.from[at]);
    const ends = (index) => /[.!?…]["“”»«)\]]*$/.test(editor.doc.sliceString(times.from[index], times.to[index]));
    let first = at;
    while (first > 0 && times.from[first - 1] >= line.from && !ends(first - 1)) first--;
    let last = at;
    while (last + 1 < times.length && times.to[last + 1] <= line.to && !ends(last)) last++;
    return [times.start[first], times.end[last]];
  }
}
