// Asks who speaks.

import { closeDialog, openDialog } from "./dialog.js";
import { make } from "./dom.js";

/** Ask who: everybody that is known, or a new name. `cast`: {people, folder, add(person)}. */
export function choosePerson(cast, take, { title = "Wer spricht hier?", preselected = -1 } = {}) {
  const list = cast.people.map((person, index) => make("button", {
    type: "button", autofocus: index === preselected, onclick: () => { closeDialog(); take(person); },
  }, `${index + 1}  ${person.label.replace(/:$/, "")}`));
  const name = make("input", { type: "text", id: "new-name", autocomplete: "off" });
  const organisation = make("input", { type: "text", id: "new-organisation", autocomplete: "off" });
  openDialog(title, [
    make("div", { class: "tools" }, ...list),
    make("p", {}, make("label", { for: "new-name" }, "Jemand Neues: Name "), name, make("label", { for: "new-organisation" }, "Einrichtung (oder leer) "), organisation),
  ], [["Neue Person nehmen", () => {
    if (!name.value.trim()) return false;
    const written = organisation.value.trim() ? `${name.value.trim()} [${organisation.value.trim()}]:` : `${name.value.trim()}:`;
    const person = { name: name.value.trim(), organisation: organisation.value.trim(), role: "guest", label: written };
    cast.add(person);
    take(person);
    newPersonLines(person, cast.folder);
    return true;
  }], ["Abbrechen", () => {}]], { digits: (digit) => { const person = cast.people[digit - 1]; if (person) { closeDialog(); take(person); } } });
}

/** TOML stays people's: the lines to paste are shown, never written. */
function newPersonLines(person, folder) {
  const quoted = (text) => JSON.stringify(text);
  const toml = `[[speakers]]\nname = ${quoted(person.name)}\n${person.organisation ? `organisation = ${quoted(person.organisation)}\n` : ""}`;
  setTimeout(() => openDialog("In episode.toml eintragen", [
    make("p", {}, `Damit ${person.name} auf den Seiten und in der Prüfung bekannt ist, diese Zeilen in episodes/${folder}/episode.toml einfügen:`),
    make("textarea", { class: "toml", readonly: true, "aria-label": "Zeilen zum Kopieren" }, toml),
  ], [["Kopieren", () => navigator.clipboard.writeText(toml)], ["Schließen", () => {}]]), 0);
}
