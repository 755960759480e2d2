// The places to look at: going through them, and settling them.

import { send } from "./server.js";

const BEFORE_MS = 750;

export class Places {
  /** `desk`: see review.js. */
  constructor(desk) {
    this.desk = desk;
    this.list = desk.state.places;
    this.current = null;  // id of the place that is looked at
  }

  get open() {
    return this.list.filter((place) => !place.settled);
  }

  /** The place that is looked at, unless it is settled. */
  get openCurrent() {
    return this.list.find((one) => one.id === this.current && !one.settled);
  }

  /** Move the places with the text. */
  map(changes) {
    this.list = this.list.map((place) => ({ ...place, from: changes.mapPos(place.from, 1), to: changes.mapPos(place.to, -1) }));
  }

  show() {
    this.desk.panels.places(this.list, this.current);
    this.desk.playing.mark();
  }

  goTo(place, { play = true } = {}) {
    const { editor, settings, sound, spoken } = this.desk;
    this.current = place.id;
    editor.goTo(place.from, { focus: !settings.plain });
    this.show();
    spoken(place.reason);
    if (play && sound.available) sound.from(Math.max(place.start_ms - BEFORE_MS, 0));
  }

  next(step) {
    const list = this.open;
    if (!list.length) {
      this.desk.status("Keine offene Stelle mehr");
      return;
    }
    const { head } = this.desk.view.state.selection.main;
    const at = list.findIndex((place) => place.id === this.current);
    let index;
    if (at >= 0) index = at + step;
    else if (step > 0) index = list.findIndex((place) => place.from >= head);
    else index = list.findLastIndex((place) => place.from < head);
    this.goTo(list[(index + list.length) % list.length]);
  }

  async settle(place, verdict) {
    try {
      const answer = await send("POST", "settle", { place: place.id, verdict });
      if (this.desk.saving.dirty) {
        const settled = new Map(answer.places.map((one) => [one.id, one.settled]));
        this.list = this.list.map((one) => ({ ...one, settled: settled.get(one.id) ?? one.settled }));
      } else {
        this.list = answer.places;
      }
      this.show();
    } catch (error) {
      this.desk.notice(error.message);
    }
  }

  async settleCurrent(verdict) {
    const place = this.openCurrent;
    if (!place || !place.allows.includes(verdict)) return;
    const list = this.open;
    const next = list[list.findIndex((one) => one.id === this.current) + 1];
    await this.settle(place, verdict);
    if (next) this.goTo(this.list.find((one) => one.id === next.id) ?? next);
  }

  async replace(place) {
    if (!place.replacement) return;
    this.desk.writing.act([{ from: place.from, to: place.to, insert: place.replacement }]);
    await this.desk.saving.save();
  }

  async replaceCurrent() {
    const place = this.openCurrent;
    if (!place?.replacement) return;
    await this.replace(place);
    this.next(1);
  }
}
