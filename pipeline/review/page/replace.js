// Replacing with a preview of every place, and swapping two people.

import { openDialog } from "./dialog.js";
import { make, words } from "./dom.js";
import { occurrences } from "./offers.js";
import { folded, swap } from "./turns.js";

const SHOWN = 200;
const AROUND = 32;

/** `tools`: {doc(), selection(), act(changes)}. */
export function openReplace(tools, wrong = "", right = "") {
  const search = make("input", { type: "text", id: "replace-what", value: wrong || tools.selection().split("\n")[0] });
  const by = make("input", { type: "text", id: "replace-by", value: right });
  const whole = make("input", { type: "checkbox", checked: true, id: "replace-whole" });
  const caseless = make("input", { type: "checkbox", checked: false, id: "replace-case" });
  const list = make("div", {});
  const count = make("p", { role: "status" });
  let found = [];
  const left = new Set();

  const show = () => {
    const doc = tools.doc();
    left.clear();
    found = occurrences(doc, search.value, { whole: whole.checked, caseless: caseless.checked });
    count.textContent = search.value ? words(found.length, "Stelle", "Stellen") : "";
    list.replaceChildren(...found.slice(0, SHOWN).map((one, index) => {
      const line = doc.lineAt(one.from);
      const before = doc.sliceString(Math.max(line.from, one.from - AROUND), one.from);
      const after = doc.sliceString(one.to, Math.min(line.to, one.to + AROUND));
      const box = make("input", { type: "checkbox", checked: true, onchange: (event) => { if (event.target.checked) left.delete(index); else left.add(index); } });
      return make("label", {}, box, ` … ${before}`, make("del", {}, doc.sliceString(one.from, one.to)), " ", make("ins", {}, by.value), `${after} …`);
    }), ...(found.length > SHOWN ? [make("p", {}, `… und ${found.length - SHOWN} weitere, die mit ersetzt werden`)] : []));
  };
  for (const input of [search, by, whole, caseless]) input.addEventListener("input", show);
  openDialog("Ersetzen", [
    make("label", { for: "replace-what" }, "Was: ", search),
    make("label", { for: "replace-by" }, "Wodurch: ", by),
    make("label", { for: "replace-whole" }, whole, " nur ganze Wörter"),
    make("label", { for: "replace-case" }, caseless, " Groß- und Kleinschreibung gleich"),
    count, list,
  ], [["Angekreuzte ersetzen", () => {
    if (!found.length) return false;
    tools.act(found.filter((one, index) => !left.has(index)).map(({ from, to }) => ({ from, to, insert: by.value })));
    return true;
  }], ["Schließen", () => {}]]);
  show();
}

/** `tools`: {people, doc(), labels(), act(changes)}. */
export function openSwap(tools) {
  const choice = (id, at) => {
    const select = make("select", { id }, ...tools.people.map((person, index) => make("option", { value: String(index) }, person.name)));
    select.selectedIndex = Math.min(at, tools.people.length - 1);
    return select;
  };
  const one = choice("swap-one", 0);
  const other = choice("swap-other", 1);
  const count = make("p", { role: "status" });
  const changes = () => {
    const [a, b] = [tools.people[one.selectedIndex], tools.people[other.selectedIndex]];
    return !a || !b || folded(a.label) === folded(b.label) ? [] : swap(tools.doc(), tools.labels(), a, b);
  };
  const show = () => { count.textContent = `${words(changes().length, "Beitrag wechselt", "Beiträge wechseln")} die Person.`; };
  one.addEventListener("change", show);
  other.addEventListener("change", show);
  openDialog("Zwei Personen tauschen", [
    make("label", { for: "swap-one" }, "Wer als ", one), make("label", { for: "swap-other" }, "eingetragen ist, ist ", other), make("p", {}, "und umgekehrt, im ganzen Text."), count,
  ], [["Tauschen", () => (changes().length ? tools.act(changes()) : false)], ["Abbrechen", () => {}]]);
  show();
}
