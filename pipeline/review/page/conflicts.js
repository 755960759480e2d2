// Asks people what to do when a save cannot decide.

import { openDialog, whenQuiet } from "./dialog.js";
import { make } from "./dom.js";
import { linesOf } from "./lines.js";

/** Two versions of the text: let people choose. `mine()` returns the page's lines. */
export function askConflict(choice, mine) {
  whenQuiet(() => chooseVersion(choice, mine));
}

function chooseVersion(choice, mine) {
  if (choice.unknown) {
    const own = mine();
    openDialog("Der Text auf der Platte ist ein anderer", [
      make("p", {}, "Er lässt sich mit dem hier nicht Absatz für Absatz vergleichen. Beide bleiben erhalten: der andere als datierte Kopie, wenn er ersetzt wird."),
    ], [["Meinen behalten", () => choice.take(own)], ["Den anderen nehmen", () => choice.take(linesOf(choice.theirs))]], { mustChoose: true });
    return;
  }
  const picks = choice.conflicts.map(() => null);
  const list = choice.conflicts.map((one, index) => {
    const name = `conflict-${index}`;
    const option = (value, text) => {
      const input = make("input", { type: "radio", name, value, onchange: () => { picks[index] = value; } });
      return make("label", {}, input, ` ${text}`);
    };
    return make("fieldset", {},
      make("legend", {}, `Absatz ${index + 1} von ${choice.conflicts.length}`),
      make("div", { class: "both" },
        make("div", {}, make("strong", {}, "Meine"), make("div", { class: "version" }, one.mine.join("\n") || "(gelöscht)")),
        make("div", {}, make("strong", {}, "Anderswo"), make("div", { class: "version" }, one.theirs.join("\n") || "(gelöscht)"))),
      option("mine", "meine"), option("theirs", "die andere"), option("both", "beide nacheinander"));
  });
  openDialog("Hier haben zwei dasselbe geändert", [
    make("p", {}, "Nichts ist verloren. Bitte für jeden Absatz wählen."), ...list,
  ], [["Übernehmen", () => {
    if (picks.includes(null)) return false;
    const lines = choice.conflicts.map((one, index) => {
      if (picks[index] === "mine") return one.mine;
      if (picks[index] === "theirs") return one.theirs;
      return [...one.mine, ...(one.mine.length && one.theirs.length ? [""] : []), ...one.theirs];
    });
    choice.take(lines);
    return true;
  }]], { mustChoose: true });
}

/** The file's encoding has no place for what was typed. */
export function askEncoding(problem, asUtf8, leave) {
  whenQuiet(() => openDialog(
    "Dieses Zeichen kann die Datei nicht speichern", [make("p", {}, `${problem.message} ${problem.advice}`)],
    [["In UTF-8 speichern", asUtf8], ["Das Zeichen selbst löschen", leave]],
  ));
}

/** Somebody deleted the file. */
export function askDeleted(problem, create, leave) {
  whenQuiet(() => openDialog(
    "Die Datei ist weg", [make("p", {}, `${problem.message} ${problem.advice}`.trim()), make("p", {}, "Der Text steht noch hier.")],
    [["Neu anlegen", create], ["Später", leave]],
  ));
}
