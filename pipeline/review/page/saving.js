// Saves what is typed into the transcript file, a moment after the last key. One request is under way at most; what is
// typed meanwhile goes with the next. The file on disk is the truth: nothing is saved over what somebody else wrote.

import { ChangeSet, EditorState, Text } from "./codemirror.min.js";
import { changesTo, edited, editsOf, linesOf } from "./lines.js";
import { Refusal, pause, send } from "./server.js";

const AFTER_KEY_MS = 800;
const AFTER_FIRST_MS = 900;  // who types without a pause is saved, too: less than a second may be lost
const KEPT = "review-unsaved:";

export class Saving {
  /**
   * `page`: { doc(): Text, apply(changes, {remote}), status(words, {bad}), conflict(choice), encoding(problem),
   * deleted(problem), adopted(sentences), saved() }.
   */
  constructor(page, state) {
    this.page = page;
    this.tab = state.tab;
    this.folder = state.folder;
    this.start(state.base, Text.of(linesOf(state.text)));
    this.flying = false;
    this.blocked = false;
    this.timer = 0;
    this.changedAt = -Infinity;
    this.since = null;  // when the first change was made that no request has
  }

  /** Count changes from this text on, which is on disk. */
  start(base, doc) {
    this.base = base;
    this.baseDoc = doc;
    this.unsaved = ChangeSet.empty(doc.length);
    this.sent = null;  // changes since the request that is under way
  }

  get dirty() {
    return !this.unsaved.empty;
  }

  /** Take note of a change of the document. */
  changed(changes) {
    this.unsaved = this.unsaved.compose(changes);
    if (this.sent) this.sent = this.sent.compose(changes);
    this.keep();
    this.page.status("Noch nicht gesichert …");
    this.changedAt = performance.now();
    this.saveSoon();
  }

  saveSoon() {
    this.since ??= performance.now();
    clearTimeout(this.timer);
    const left = Math.max(0, this.since + AFTER_FIRST_MS - performance.now());
    this.timer = setTimeout(() => this.save(), Math.min(AFTER_KEY_MS, left));
  }

  /** Keep what is not saved in this tab, in case it is closed or the server is gone. */
  keep() {
    try {
      if (this.dirty) {
        const edits = editsOf(this.unsaved, this.baseDoc, this.page.doc());
        sessionStorage.setItem(KEPT + this.folder, JSON.stringify({ base: this.base, edits }));
      } else {
        sessionStorage.removeItem(KEPT + this.folder);
      }
    } catch {
      // the browser keeps nothing: the file does
    }
  }

  /** Edits that an earlier page of this tab could not save, if they still fit. */
  kept() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT + this.folder) || "null");
      return kept && kept.base === this.base && kept.edits.length ? kept.edits : null;
    } catch {
      return null;
    }
  }

  /** Save now. `options`: {keepalive, asUtf8, create}. */
  async save(options = {}) {
    clearTimeout(this.timer);
    if (this.flying || this.blocked || (!this.dirty && !options.create)) return;
    const doc = this.page.doc();
    const edits = editsOf(this.unsaved, this.baseDoc, doc);
    const request = { base: this.base, tab: this.tab, edits };
    if (options.asUtf8) request.as_utf8 = true;
    if (options.create) request.create = true;
    this.flying = true;
    this.since = null;
    this.sent = ChangeSet.empty(doc.length);
    if (performance.now() - this.changedAt >= AFTER_KEY_MS) this.page.status("Sichere …");  // who types on is not told every second
    try {
      const { base } = await send("PUT", "text", request, { keepalive: Boolean(options.keepalive) });
      this.base = base;
      this.baseDoc = doc;
      this.unsaved = this.sent;
      this.keep();
      this.page.status(this.dirty ? "Noch nicht gesichert …" : `Alles gesichert, ${new Date().toLocaleTimeString("de-DE")}`);
      this.page.saved();
    } catch (error) {
      await this.failed(error, doc);
    } finally {
      this.sent = null;
      this.flying = false;
    }
    if (this.dirty && !this.blocked) this.saveSoon();
  }

  async failed(error, doc) {
    if (!(error instanceof Refusal)) {
      this.page.status("Nicht gesichert: Das Programm antwortet nicht. Läuft es noch? Der Text bleibt hier stehen.", { bad: true });
      await pause(2000);
    } else if (error.status === 409) {
      this.merge(error.body, doc);
    } else if (error.status === 422 && error.kind === "encoding") {
      this.blocked = true;
      this.page.status(`Nicht gesichert: ${error.message}`, { bad: true });
      this.page.encoding(error, () => this.retry({ asUtf8: true }));
    } else if (error.status === 404) {
      this.blocked = true;
      this.page.status(`Nicht gesichert: ${error.message}`, { bad: true });
      this.page.deleted(error, () => this.retry({ create: true }));
    } else {
      this.page.status(`Nicht gesichert: ${error.message} ${error.advice}`.trim(), { bad: true });
      if (error.status === 423) this.blocked = true;
      await pause(2000);
    }
  }

  retry(options = {}) {
    this.blocked = false;
    return this.save(options);
  }

  /** The file was changed elsewhere: take over what does not collide, and let people choose where it does. */
  merge(other, doc) {
    if (!other.known) {
      this.blocked = true;
      this.page.conflict({ unknown: true, theirs: other.text, take: (lines) => this.settle(other, lines, doc) });
      return;
    }
    const theirs = linesOf(other.text);
    if (!other.conflicts.length) {
      this.settle(other, edited(theirs, other.edits), doc);
      return;
    }
    this.blocked = true;
    this.page.status("Nicht gesichert: Der Text wurde auch anderswo geändert. Bitte wählen.", { bad: true });
    this.page.conflict({
      conflicts: other.conflicts,
      take: (choices) => {
        // a conflict's lines are those of the other text, like the edits: all of them are made at once, from the last
        const chosen = other.conflicts.map((conflict, index) => ({ first: conflict.first, last: conflict.last, lines: choices[index] }));
        const edits = [...other.edits, ...chosen].sort((a, b) => a.first - b.first || a.last - b.last);
        this.settle(other, edited(theirs, edits), doc);
      },
    });
  }

  /** Turn the page's text, which was `sentDoc` when it was sent, into `lines`, and go on from the other text. */
  settle(other, lines, sentDoc) {
    const since = this.sent ?? ChangeSet.empty(sentDoc.length);
    const wanted = EditorState.create({ doc: sentDoc }).changes(changesTo(sentDoc, lines));
    const typed = this.sent ? since : this.typedSince(sentDoc);
    const theirs = Text.of(linesOf(other.text));
    this.page.apply(wanted.map(typed), { remote: true });
    const now = this.page.doc();
    const nowLines = [];
    for (let number = 1; number <= now.lines; number++) nowLines.push(now.line(number).text);
    this.start(other.base, theirs);
    this.unsaved = EditorState.create({ doc: theirs }).changes(changesTo(theirs, nowLines));
    this.blocked = false;
    this.keep();
    if (other.adopted.length) this.page.adopted(other.adopted);
    if (this.dirty) {
      this.timer = setTimeout(() => this.save(), 0);
    } else {
      this.page.status("Alles gesichert");
    }
  }

  /** What was typed since the text was sent: as lines, once the request is over and nobody counted any more. */
  typedSince(sentDoc) {
    const now = this.page.doc();
    const lines = [];
    for (let number = 1; number <= now.lines; number++) lines.push(now.line(number).text);
    return EditorState.create({ doc: sentDoc }).changes(changesTo(sentDoc, lines));
  }

  /** The file on disk is another one, and here is nothing unsaved: take it over. */
  takeOver(text, base) {
    const doc = this.page.doc();
    this.page.apply(EditorState.create({ doc }).changes(changesTo(doc, linesOf(text))), { remote: true });
    this.start(base, this.page.doc());
    this.keep();
    this.page.status("Alles gesichert");
  }
}
