// What happens when the text changes or the cursor moves, whoever does it; and changes that a key or a button makes.

import { remote } from "./editor.js";
import { changesTo } from "./lines.js";
import { clock } from "./times.js";
import { labelText, turnAt } from "./turns.js";

const $ = (id) => document.getElementById(id);
const SPOKEN_AFTER_MS = 400;

export class Writing {
  /** `desk`: see review.js. */
  constructor(desk) {
    this.desk = desk;
    this.spokenLine = 0;
    this.spokenTimer = 0;
  }

  changed(update) {
    const { desk } = this;
    desk.times.map(update.changes);
    desk.places.map(update.changes);
    const typedNow = update.transactions.some((one) => one.isUserEvent("input.type") || one.isUserEvent("delete.backward"));
    desk.proposals.changed(update, typedNow);
    if (typedNow) desk.playing.steered = true;
    if (!update.transactions.some((one) => one.annotation(remote))) {
      desk.saving.changed(update.changes);
      desk.offers.changed(update);
      if (desk.settings.pauseTyping && desk.sound.playing && update.transactions.some((one) => one.isUserEvent("input.type"))) desk.sound.pause();
    }
    desk.plain.textChanged();
  }

  moved(update) {
    const { desk } = this;
    if (update.selectionSet && update.transactions.some((one) => one.isUserEvent("select"))) desk.playing.steered = true;
    if (!update.docChanged) desk.proposals.moved();
    const line = desk.editor.doc.lineAt(desk.view.state.selection.main.head).number;
    if (line === this.spokenLine) return;
    this.spokenLine = line;
    desk.speakers.show();
    clearTimeout(this.spokenTimer);
    this.spokenTimer = setTimeout(() => this.speak(line), SPOKEN_AFTER_MS);
  }

  /** Tell screen readers whose line it is, and when it is heard. */
  speak(line) {
    const { doc } = this.desk.editor;
    const turn = turnAt(doc, this.desk.labels, line);
    const index = this.desk.times.firstIn(doc.line(line).from, doc.line(line).to + 1);
    const who = labelText(doc, turn).replace(/:$/, "");
    this.desk.spoken([who, index >= 0 ? clock(this.desk.times.start[index]) : ""].filter(Boolean).join(", "));
  }

  /** Make a change and save it; false if there is none. */
  act(changes, cursor) {
    const { desk } = this;
    if (!changes || !changes.length) return false;
    desk.editor.change(changes, { cursor });
    desk.speakers.show();
    desk.saving.save();
    if (!desk.settings.plain) desk.view.focus();
    return true;
  }

  /** Turn the text into these lines. */
  restore(lines) {
    this.act(changesTo(this.desk.editor.doc, lines));
  }
}
