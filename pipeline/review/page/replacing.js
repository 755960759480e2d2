// The offer to correct a word everywhere, and to remember it for later episodes.

import { openDialog } from "./dialog.js";
import { make, words } from "./dom.js";
import { keyOf } from "./keys.js";
import { openReplace } from "./replace.js";
import { get, send } from "./server.js";

const $ = (id) => document.getElementById(id);

export class Replacing {
  /** `desk`: see review.js. */
  constructor(desk) {
    this.desk = desk;
  }

  /** Show an offer (see offers.js), or none. */
  show(offer) {
    const box = $("offer");
    box.hidden = !offer;
    if (!offer) return;
    const count = offer.rest.length;
    box.replaceChildren(
      `„${offer.wrong}“ → „${offer.right}“: noch ${count === 1 ? "eine Stelle" : `${count} Stellen`}. `,
      make("button", { type: "button", onclick: () => this.accept() }, "Alle ersetzen ", make("kbd", {}, keyOf("offer"))), " ",
      make("button", { type: "button", onclick: () => this.open(offer.wrong, offer.right) }, "Alle ansehen"), " ",
      make("button", { type: "button", onclick: () => this.remember(offer) }, "Für künftige Folgen merken"), " ",
      make("button", { type: "button", onclick: () => this.desk.offers.dismiss() }, "Nein"),
    );
  }

  accept() {
    const { offers, writing, status } = this.desk;
    const offer = offers.current;
    if (!offer) return;
    offers.take();
    writing.act(offer.rest.map(({ from, to }) => ({ from, to, insert: offer.right })));
    status(`${words(offer.rest.length, "Stelle", "Stellen")} ersetzt`);
  }

  async remember(offer) {
    const { notice } = this.desk;
    try {
      const { line, file, known } = await get(`glossary?wrong=${encodeURIComponent(offer.wrong)}&right=${encodeURIComponent(offer.right)}`);
      if (known) {
        notice(`Das steht schon in ${file}.`);
        return;
      }
      openDialog("Für künftige Folgen merken", [
        make("p", {}, `In ${file} kommt diese Zeile:`), make("p", {}, make("code", {}, line)),
      ], [["Eintragen", async () => {
        await send("POST", "glossary", { wrong: offer.wrong, right: offer.right })
          .then(() => notice(`In ${file} eingetragen: ${line}`), (error) => notice(`${error.message} ${error.advice ?? ""}`));
      }], ["Abbrechen", () => {}]]);
    } catch (error) {
      notice(error.message);
    }
  }

  /** The dialog with a preview of every place. */
  open(wrong, right) {
    const { view, editor, writing } = this.desk;
    const selection = () => view.state.sliceDoc(view.state.selection.main.from, view.state.selection.main.to);
    openReplace({ doc: () => editor.doc, selection, act: (changes) => writing.act(changes) }, wrong, right);
  }
}
