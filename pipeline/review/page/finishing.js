// "Fertig": asks, notes that the text was proofread, and ends.

import { openDialog } from "./dialog.js";
import { make, words } from "./dom.js";
import { send } from "./server.js";
import { save as saveSettings } from "./settings.js";

/** Ask whether the text was proofread. `desk`: see review.js. */
export function openDone(desk) {
  const left = desk.places.open.length;
  const name = make("input", { type: "text", id: "reviewer", value: desk.settings.name, autocomplete: "name" });
  openDialog("Fertig", [
    make("p", {}, left ? `${words(left, "Stelle ist", "Stellen sind")} noch offen. Man kann jederzeit weitermachen.` : "Alle Stellen sind geklärt."),
    make("p", {}, "Ganz gelesen und gehört? Dann vermerken; auf der Seite steht danach, dass die Redaktion gegengelesen hat. Sonst das Fenster einfach schließen: gesichert ist alles, und später geht es hier weiter."),
    make("label", { for: "reviewer" }, "Name für den Vermerk (oder leer): ", name),
  ], [
    ["Gegengelesen vermerken und beenden", () => finish(desk, { name: name.value.trim() })],
    ["Weiter verbessern", () => {}],
  ]);
}

async function finish(desk, record) {
  const { settings, sound, saving, playing, notice, title } = desk;
  settings.name = record.name || settings.name;
  saveSettings(settings);
  sound.pause();
  await saving.save();
  await playing.sendSeen();
  if (saving.dirty) {
    notice("Noch ist nicht alles gesichert; bitte erst das klären.");
    return;
  }
  try {
    await send("POST", "done", record);
    desk.leaving = true;
    document.body.replaceChildren(make("main", { class: "end" }, make("h1", {}, "Beendet"), make("p", {}, `Der Text von ${title} ist gesichert. Dieses Fenster kann geschlossen werden.`)));
  } catch (error) {
    notice(`${error.message} ${error.advice ?? ""}`);
  }
}
