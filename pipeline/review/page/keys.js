// Which key does what. Nothing is bound to a bare letter, Tab is never taken, and a key with AltGr is always a letter.

import { load, save } from "./settings.js";

export const ACTIONS = [
  { id: "play", label: "abspielen und anhalten; der Cursor geht zum gehörten Wort", keys: ["Escape"] },
  { id: "hold", label: "dasselbe; gehalten: spielt, solange die Taste gedrückt ist (Fußschalter)", keys: ["F4"] },
  { id: "back", label: "3 Sekunden zurück", keys: ["F2", "Alt+Comma"], repeats: true },
  { id: "forward", label: "3 Sekunden vor", keys: ["F9", "Alt+Period"], repeats: true },
  { id: "replace-heard", label: "anhalten und das gehörte Wort markieren: was man tippt, ersetzt es", keys: ["Alt+KeyR", "Insert"] },
  { id: "take-proposal", label: "nach Alt+R oder Einfg: vorgeschlagenes Wort übernehmen, auch ohne Vorschlag: weiterspielen (Umschalt+Eingabe macht eine neue Zeile)", keys: ["Enter"], fixed: true, native: true },
  { id: "take-word", label: "beim freien Tippen: das vorgeschlagene Wort übernehmen (Eingabe macht dort immer eine neue Zeile)", keys: ["ArrowRight", "End"], fixed: true, native: true },
  { id: "join-words", label: "das Wort am Cursor (beim Abspielen: das gehörte) mit dem davor zusammenschreiben", keys: ["Alt+KeyJ"] },
  { id: "play-here", label: "ab dem Wort am Cursor abspielen", keys: ["Ctrl+Enter", "Ctrl+Space"] },
  { id: "loop", label: "diesen Satz (oder das Markierte) wiederholen", keys: ["Ctrl+Shift+Enter"] },
  { id: "solo", label: "nur die Spur dieser Person", keys: ["Alt+KeyM"] },
  { id: "slower", label: "langsamer", keys: ["Ctrl+ArrowDown"], repeats: true },
  { id: "faster", label: "schneller", keys: ["Ctrl+ArrowUp"], repeats: true },
  { id: "paragraph-up", label: "voriger Absatz, abspielen", keys: ["Alt+ArrowUp"] },
  { id: "paragraph-down", label: "nächster Absatz, abspielen", keys: ["Alt+ArrowDown"] },
  { id: "next-place", label: "nächste Stelle, abspielen", keys: ["F8"] },
  { id: "previous-place", label: "vorige Stelle", keys: ["Shift+F8"] },
  { id: "settle-heard", label: "Stelle: so gehört, stimmt", keys: ["Alt+KeyK"] },
  { id: "settle-not-spoken", label: "Stelle: wird nicht gesprochen", keys: ["Alt+KeyN"] },
  { id: "take-replacement", label: "Stelle: Vorschlag übernehmen", keys: ["Alt+KeyV"] },
  { id: "chord", label: "dann 1 bis 9: dieser (beim Abspielen: der gehörte) Beitrag ist von Person 1 bis 9 (auch Strg+Alt+Ziffer)", keys: ["Ctrl+Period"] },
  { id: "from-here", label: "ab diesem Absatz spricht jemand anderes", keys: ["Ctrl+Shift+Period"] },
  { id: "split", label: "ab dem Wort am Cursor neuer Beitrag", keys: ["Ctrl+Alt+Enter"] },
  { id: "merge", label: "am Anfang eines Beitrags: mit dem davor verbinden", keys: ["Alt+Backspace"] },
  { id: "border-up", label: "Grenze ein Wort nach oben: das letzte Wort davor gehört zum unteren Beitrag", keys: ["Alt+Shift+ArrowUp"], repeats: true },
  { id: "border-down", label: "Grenze ein Wort nach unten: das erste Wort danach gehört zum oberen Beitrag", keys: ["Alt+Shift+ArrowDown"], repeats: true },
  { id: "swap", label: "zwei Personen im ganzen Text tauschen", keys: ["Ctrl+Alt+KeyS"] },
  { id: "replace", label: "ersetzen, mit Vorschau", keys: ["Ctrl+KeyH"] },
  { id: "offer", label: "angebotene Ersetzung überall übernehmen", keys: ["Alt+Enter"] },
  { id: "search", label: "suchen; F3 und Umschalt+F3 gehen weiter", keys: ["Ctrl+KeyF"] },
  { id: "save", label: "jetzt sichern (geschieht sonst von selbst)", keys: ["Ctrl+KeyS"] },
  { id: "undo-key", label: "rückgängig; wiederherstellen mit Strg+Y", keys: ["Ctrl+KeyZ"], fixed: true, native: true },
  { id: "heard-until-here", label: "bis hierher gehört", keys: ["Ctrl+KeyM"] },
  { id: "help", label: "diese Übersicht", keys: ["F1"] },
];

const settings = load();

/** The combination of an event, by the key's place on the keyboard: "Ctrl+Alt+Enter". */
function combination(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey) parts.push("Shift");
  const key = event.code === "NumpadEnter" ? "Enter" : event.code || event.key;
  return [...parts, key].join("+");
}

function bound(id) {
  const action = ACTIONS.find((one) => one.id === id);
  return settings.keys[id] ? [settings.keys[id]] : action.keys;
}

/** Whether the event is the key of an action. */
export function matches(id, event) {
  if (event.getModifierState?.("AltGraph")) return false;
  if (ACTIONS.find((one) => one.id === id).native) return false;
  if (event.type === "keyup") return bound(id).some((key) => key.endsWith(event.code));
  return bound(id).includes(combination(event));
}

/** Give an action another key. */
export function setKey(id, event) {
  settings.keys[id] = combination(event);
  save({ ...load(), keys: settings.keys });
}

const NAMES = {
  Escape: "Esc", Enter: "Eingabe", Space: "Leertaste", Backspace: "Rück", Comma: ",", Period: ".", ArrowUp: "↑", ArrowDown: "↓", ArrowRight: "→", End: "Ende", Insert: "Einfg",
  Ctrl: "Strg", Shift: "Umschalt", KeyY: "Z", KeyZ: "Y",
};

function readable(key) {
  return key.split("+").map((part) => NAMES[part] ?? part.replace(/^(Key|Digit)/, "")).join("+");
}

/** The keys of an action as people read them. */
export function keysOf(id) {
  if (id === "undo-key") return ["Strg+Z"];
  return bound(id).map(readable);
}

export const keyOf = (id) => keysOf(id)[0];
