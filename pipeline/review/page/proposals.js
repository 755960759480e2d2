// A quiet proposal beside the word that is typed. Who replaces a heard word takes it by Enter and goes on; who types freely
// takes it by → or End, for there Enter is a new line. Who types on never notices it.

const WORD_BEFORE = /[\p{L}\p{M}][\p{L}\p{M}'’-]*$/u;
const ANNOUNCE_MS = 700;

export class Proposals {
  /** `page`: {view, vocabulary, settings, spoken(words), goOn()}. */
  constructor(box, page) {
    this.box = box;
    this.page = page;
    this.word = null;  // what is proposed
    this.fix = null;  // {from, wrong}: the heard word that is being replaced
    this.timer = 0;
    box.addEventListener("mousedown", (event) => event.preventDefault());  // the text keeps the focus
    box.addEventListener("click", () => this.take());
  }

  /** Begin to replace the marked word. */
  replace(from, wrong) {
    this.fix = { from, wrong };
    this.show();
  }

  /** Follow what was typed. `byHand`: a person typed or deleted letters. */
  changed(update, byHand) {
    if (this.fix) this.fix.from = update.changes.mapPos(this.fix.from, -1);
    if (!byHand) this.close();
    else this.show();
  }

  /** The cursor went elsewhere. */
  moved() {
    const { main } = this.page.view.state.selection;
    const stays = this.fix && main.from >= this.fix.from && main.to <= this.fix.from + Math.max(main.to - main.from, 40);
    if (!stays || !main.empty) this.close();
  }

  show() {
    const { view, vocabulary, settings } = this.page;
    const { main } = view.state.selection;
    const line = view.state.doc.lineAt(main.head);
    this.word = null;
    if (settings.propose) {
      const after = line.text.slice(main.to - line.from)[0] ?? " ";
      const typed = WORD_BEFORE.exec(line.text.slice(0, main.from - line.from))?.[0] ?? "";
      if (this.fix && this.fix.from >= line.from) {
        const done = view.state.sliceDoc(this.fix.from, main.from);
        if (done === typed || !done) this.word = vocabulary.replacing(this.fix.wrong, done);
        else if (main.empty && !/\p{L}/u.test(after)) this.word = vocabulary.completing(typed);
      } else if (main.empty && typed && !/\p{L}/u.test(after)) {
        this.word = vocabulary.completing(typed);
      }
      this.from = this.fix && !view.state.sliceDoc(this.fix.from, main.from) ? main.from : main.from - typed.length;
    }
    this.box.hidden = !this.word;
    clearTimeout(this.timer);
    if (!this.word) return;
    this.box.firstChild.textContent = `${this.word} `;
    this.box.lastChild.textContent = this.fix ? "Eingabe" : "→";
    this.timer = setTimeout(() => this.page.spoken(`Vorschlag: ${this.word}, ${this.fix ? "Eingabe" : "Pfeil rechts"} übernimmt ihn`), ANNOUNCE_MS);
    view.requestMeasure({
      key: this,
      read: () => [view.coordsAtPos(this.from, 1), this.box.offsetWidth, this.box.offsetHeight],
      write: ([at, width, height]) => {
        if (!at) return;
        const below = at.bottom + height + 4 < innerHeight;
        this.box.style.left = `${Math.max(4, Math.min(at.left, innerWidth - width - 8))}px`;
        this.box.style.top = `${below ? at.bottom + 2 : at.top - height - 2}px`;
      },
    });
  }

  /** Whether the key was about a proposal: Enter while a heard word is replaced, else → or End. */
  key(event) {
    if (event.ctrlKey || event.altKey || event.shiftKey || event.metaKey) return false;
    const mayTake = this.fix
      ? event.key === "Enter" && (this.word || this.page.settings.enterGoesOn)
      : this.word && (event.key === "ArrowRight" || event.key === "End");
    if (!mayTake) return false;
    this.take();
    return true;
  }

  take() {
    const { view, settings } = this.page;
    const wasFix = this.fix !== null;
    if (this.word) {
      const { main } = view.state.selection;
      const insert = this.word;
      view.dispatch({ changes: { from: this.from, to: main.to, insert }, selection: { anchor: this.from + insert.length }, userEvent: "input.complete" });
    }
    this.close();
    view.focus();
    if (wasFix && settings.enterGoesOn) this.page.goOn();
  }

  close() {
    this.fix = null;
    this.word = null;
    clearTimeout(this.timer);
    this.box.hidden = true;
  }
}
