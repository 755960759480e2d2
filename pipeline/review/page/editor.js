// The text: CodeMirror with the label lines, the times at the margin, the heard word and the places to look at.

import {
  Annotation, Compartment, Decoration, EditorState, EditorView, GutterMarker, StateEffect, StateField, ViewPlugin, closeSearchPanel,
  defaultKeymap, drawSelection, gutter, highlightSpecialChars, history, historyKeymap, keymap, search, searchKeymap,
} from "./codemirror.min.js";
import { clock } from "./times.js";

export const remote = Annotation.define();  // a change that is on disk already
const setMarks = StateEffect.define();  // {heard: [from, to] or null, places: [[from, to, class]]}
const SHAPES = 6;

const GERMAN = EditorState.phrases.of({
  "Find": "Suchen", "Replace": "Ersetzen durch", "next": "weiter", "previous": "zurück", "all": "alle markieren",
  "match case": "Groß/klein", "regexp": "Muster", "by word": "ganze Wörter", "replace": "ersetzen", "replace all": "alle ersetzen",
  "close": "schließen", "current match": "aktueller Treffer", "on line": "in Zeile", "replaced match on line $": "Treffer in Zeile $ ersetzt",
  "replaced $ matches": "$ Treffer ersetzt", "Go to line": "Zu Zeile", "go": "los",
  "Control character": "unsichtbares Zeichen",
});

class Clock extends GutterMarker {
  constructor(text, doubtful) {
    super();
    this.text = text;
    this.doubtful = doubtful;
  }

  eq(other) {
    return other.text === this.text;
  }

  toDOM() {
    const node = document.createElement("span");
    node.textContent = this.text;
    return node;
  }
}

const WIDEST = new (class extends GutterMarker {
  toDOM() {
    return document.createTextNode("≈0:00:00");
  }
})();

/** The marks that the page sets: heard word, places. They move with the text until they are set anew. */
const marks = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    let result = value.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setMarks)) result = effect.value;
    return result;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * `page`: {labels(), times(), level(), changed(update), moved(update)}. Returns the view.
 */
export function makeEditor(parent, { text, label, nonce, page }) {
  const labelLines = ViewPlugin.fromClass(class {
    constructor(view) {
      this.decorations = this.build(view);
    }

    update(update) {
      if (update.docChanged || update.viewportChanged || update.transactions.some((one) => one.reconfigured)) this.decorations = this.build(update.view);
    }

    build(view) {
      const ranges = [];
      const labels = page.labels();
      const { doc } = view.state;
      for (const { from, to } of view.visibleRanges) {
        const last = doc.lineAt(to).number;
        for (let number = doc.lineAt(from).number; number <= last; number++) {
          if (!labels.is(doc, number)) continue;
          const line = doc.line(number);
          const person = labels.person(line.text);
          const shape = person < 0 ? "other" : person % SHAPES;
          ranges.push(Decoration.line({ class: `label voice-${shape}` }).range(line.from));
        }
      }
      return Decoration.set(ranges);
    }
  }, { decorations: (plugin) => plugin.decorations });

  const clocks = gutter({
    class: "clocks",
    lineMarker(view, block) {
      const { doc } = view.state;
      const line = doc.lineAt(block.from);
      if (!line.text.trim() || page.labels().is(doc, line.number)) return null;
      const above = line.number > 1 ? doc.line(line.number - 1) : null;
      if (above && above.text.trim() && !page.labels().is(doc, above.number)) return null;
      const times = page.times();
      const index = times.firstIn(line.from, line.to);
      if (index < 0) return null;
      const sure = page.level() === "word" && times.flags[index] & 1;
      return new Clock(`${sure ? "" : "≈"}${clock(times.start[index])}`);
    },
    lineMarkerChange: (update) => update.docChanged || update.transactions.some((one) => one.effects.length > 0),
    initialSpacer: () => WIDEST,
  });

  const spelling = new Compartment();
  const attributes = (spellcheck) => EditorView.contentAttributes.of({
    "aria-label": label, lang: "de", spellcheck: String(spellcheck), autocorrect: "off", autocapitalize: "off",
    "data-gramm": "false", translate: "no", tabindex: "0",
  });

  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        nonce ? EditorView.cspNonce.of(nonce) : [],
        GERMAN,
        history({ newGroupDelay: 700 }),
        drawSelection(),
        highlightSpecialChars(),
        EditorView.lineWrapping,
        search({ top: true }),
        clocks,
        labelLines,
        marks,
        keymap.of([...searchKeymap.filter((one) => one.key !== "Escape" && one.key !== "F3" && one.key !== "Mod-Alt-g"), { key: "F3", run: searchKeymap.find((one) => one.key === "F3").run, shift: searchKeymap.find((one) => one.key === "F3").shift, preventDefault: true },
          ...historyKeymap, ...defaultKeymap.filter((one) => !/Alt-Arrow|Mod-Enter|Alt-l|Mod-i$/.test(one.key || ""))]),
        spelling.of(attributes(false)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) page.changed(update);
          if (update.selectionSet || update.docChanged) page.moved(update);
        }),
      ],
    }),
  });

  return {
    view,
    closeSearch: () => closeSearchPanel(view),
    get doc() {
      return view.state.doc;
    },
    /** Show the heard word and the places: ranges [from, to, class]. */
    mark(ranges) {
      const { length } = view.state.doc;
      const found = ranges
        .filter(([from, to]) => from < to && to <= length)
        .map(([from, to, name]) => Decoration.mark({ class: name }).range(from, to));
      view.dispatch({ effects: setMarks.of(Decoration.set(found, true)) });
    },
    /** Make a change; the cursor goes to `cursor` if it is given. */
    change(changes, { cursor, event = "input.review", isRemote = false } = {}) {
      const transaction = { changes, userEvent: event, annotations: isRemote ? remote.of(true) : [] };
      view.dispatch(view.state.update(transaction));
      if (cursor !== undefined) this.goTo(cursor);
    },
    goTo(pos, { focus = false, center = true } = {}) {
      const at = Math.min(pos, view.state.doc.length);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: center ? "center" : "nearest", yMargin: 60 }) });
      if (focus) view.focus();
    },
    /** Scroll until a place is in sight, without moving the cursor. */
    show(pos) {
      view.dispatch({ effects: EditorView.scrollIntoView(Math.min(pos, view.state.doc.length), { y: "nearest", yMargin: 120 }) });
    },
    spellcheck(on) {
      view.dispatch({ effects: spelling.reconfigure(attributes(on)) });
    },
  };
}
