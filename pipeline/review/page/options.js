// The keys and the settings, as dialogs.

import { openDialog } from "./dialog.js";
import { make } from "./dom.js";
import { ACTIONS, keysOf, setKey } from "./keys.js";
import { save as saveSettings } from "./settings.js";

/** All keys, and another key for each. */
export function openHelp() {
  const rows = ACTIONS.filter((one) => one.label).map((one) => make("tr", {},
    make("td", {}, ...keysOf(one.id).flatMap((key) => [make("kbd", {}, key), " "])),
    make("td", {}, one.label),
    make("td", {}, one.fixed ? "" : make("button", { type: "button", "aria-label": `Taste ändern: ${one.label}`, onclick: (event) => changeKey(one.id, event.target) }, "ändern"))));
  openDialog("Tasten", [
    make("p", {}, "Alles geht auch mit den Knöpfen. Fußschalter, die Tasten senden, passen: hier die Taste ändern und das Pedal treten."),
    make("table", {}, make("tbody", {}, ...rows)),
  ], [["Schließen", () => {}]]);
}

function changeKey(id, button) {
  button.textContent = "Taste drücken …";
  const take = (event) => {
    if (["Control", "Alt", "Shift", "Meta"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    document.removeEventListener("keydown", take, true);
    if (event.key !== "Escape" || id === "play") setKey(id, event);
    openHelp();
  };
  document.addEventListener("keydown", take, true);
}

/** What a person may choose. `then`: {mark(), plain(on), spelling(on)} takes effect at once. */
export function openOptions(settings, then) {
  const check = (key, text, done) => make("label", {}, make("input", {
    type: "checkbox", checked: settings[key], onchange: (event) => { settings[key] = event.target.checked; saveSettings(settings); done?.(); },
  }), ` ${text}`);
  const step = make("input", { type: "number", min: "0", max: "5", step: "0.5", value: String(settings.backStep), id: "back-step",
    onchange: (event) => { settings.backStep = Math.min(5, Math.max(0, Number(event.target.value) || 0)); saveSettings(settings); } });
  openDialog("Einstellungen", [
    make("p", {}, "Sie gelten in diesem Browser."),
    check("follow", "Der Text folgt dem Ton"),
    check("cursorOnPause", "Beim Anhalten springt der Cursor zum gehörten Wort"),
    check("pauseTyping", "Beim Tippen anhalten"),
    check("propose", "Beim Tippen ein Wort vorschlagen; → übernimmt es (nach Alt+R oder Einfg: Eingabe), weitertippen übergeht es"),
    check("enterGoesOn", "Nach Alt+R oder Einfg beendet Eingabe die Verbesserung und spielt weiter (neue Zeile: Umschalt+Eingabe)"),
    check("doubts", "Wörter unterstreichen, bei denen das Modell unsicher war (meistens sind sie richtig)", then.mark),
    check("plain", "Ganzer Text als einfaches Textfeld, für Vorleseprogramme", () => then.plain(settings.plain)),
    check("spelling", "Rechtschreibung des Browsers. Die „erweiterte“ in Chrome und Edge schickt den Text an den Hersteller; darum ist das aus.", () => then.spelling(settings.spelling)),
    make("label", { for: "back-step" }, "Nach einer Pause so viele Sekunden zurück: ", step),
  ], [["Schließen", () => {}]]);
}
