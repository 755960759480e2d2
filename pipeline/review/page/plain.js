// The text as a plain field, for screen readers. The editor behind it stays the truth.

import { changesTo, linesOf } from "./lines.js";

export class Plain {
  /** `desk`: see review.js. */
  constructor(field, desk) {
    this.field = field;
    this.desk = desk;
    field.addEventListener("input", () => {
      const { editor } = this.desk;
      editor.change(changesTo(editor.doc, linesOf(field.value)), { cursor: field.selectionStart });
    });
    for (const name of ["selectionchange", "keyup", "click"]) field.addEventListener(name, () => this.sync());
  }

  /** Show the field instead of the editor, or the editor again. */
  use(on) {
    const { field } = this;
    const { editor, view, title } = this.desk;
    document.getElementById("editor").hidden = on;
    field.hidden = !on;
    field.setAttribute("aria-label", `Transkript, ${title}`);
    if (on) {
      field.value = editor.doc.toString();
      field.selectionStart = field.selectionEnd = view.state.selection.main.head;
      field.focus();
    } else {
      view.requestMeasure();
      view.focus();
    }
  }

  textChanged() {
    if (this.desk.settings.plain && document.activeElement !== this.field) this.field.value = this.desk.editor.doc.toString();
  }

  /** The editor's cursor follows the field's. */
  sync() {
    const { editor, view } = this.desk;
    const at = this.field.selectionStart;
    if (at !== view.state.selection.main.head && at <= editor.doc.length) view.dispatch({ selection: { anchor: at } });
  }
}
