// Listens to keys, buttons and the window, and does what they ask for.

import { dialogOpen } from "./dialog.js";
import { ACTIONS, matches } from "./keys.js";

const $ = (id) => document.getElementById(id);
const HELD_MS = 400;

/** `desk`: see review.js; `doing`: see actions.js. */
export function listen(desk, doing) {
  listenToKeys(desk, doing);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button) doing[button.dataset.action]();
  });
  listenToWindow(desk);
}

function listenToKeys(desk, doing) {
  const { view, editor, sound, playing, speakers, saving, proposals, status } = desk;
  let chord = false;  // Strg+. was pressed: a digit follows
  let holding = false;

  document.addEventListener("keydown", (event) => {
    if (event.key.length === 1 || event.key === "Backspace" || event.key === "Delete") playing.lastKey = performance.now();
    if (dialogOpen() || event.isComposing) return;
    if (chord) {
      if (["Control", "Shift", "Alt"].includes(event.key)) return;
      chord = false;
      status(saving.dirty ? "Noch nicht gesichert …" : "Alles gesichert");
      const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
      if (digit) {
        taken(event);
        speakers.give(Number(digit[1]) - 1);
      }
      return;
    }
    const digit = /^Digit([1-9])$/.exec(event.code);
    if (digit && event.ctrlKey && event.altKey && !event.shiftKey && !event.getModifierState("AltGraph")) {
      taken(event);
      speakers.give(Number(digit[1]) - 1);
      return;
    }
    if (view.contentDOM.contains(event.target) && proposals.key(event)) {
      taken(event);
      return;
    }
    if (event.key === "Escape" && event.target.closest?.(".cm-panel")) {
      editor.closeSearch();
      view.focus();
      taken(event);
      return;
    }
    const action = ACTIONS.find((one) => matches(one.id, event));
    if (!action) return;
    if (action.id === "merge" && !speakers.atTurnStart()) return;
    taken(event);
    if (action.id === "chord") {
      chord = true;
      status("Nummer der Person drücken …");
    } else if (action.id === "hold") {
      if (!event.repeat) {
        holding = performance.now();
        if (sound.playing) doing.play();
        else sound.resume();
      }
    } else if (!event.repeat || action.repeats) {
      doing[action.id]();
    }
  }, true);

  document.addEventListener("keyup", (event) => {
    if (holding && matches("hold", event)) {
      if (performance.now() - holding > HELD_MS && sound.playing) doing.play();
      holding = false;
    }
  }, true);
}

/** Neither the browser nor the editor sees the event. */
function taken(event) {
  event.preventDefault();
  event.stopPropagation();
}

function listenToWindow(desk) {
  const { view, sound, saving, proposals, state } = desk;
  $("seek").addEventListener("input", (event) => sound.seek(Number(event.target.value)));
  view.contentDOM.addEventListener("blur", () => { proposals.close(); saving.save(); });
  view.scrollDOM.addEventListener("scroll", () => { if (!$("proposal").hidden) proposals.show(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") saving.save({ keepalive: true }); });
  window.addEventListener("pagehide", () => {
    if (!desk.leaving) {
      saving.save({ keepalive: true });
      fetch("owner", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ tab: state.tab, take: false }), keepalive: true }).catch(() => {});
    }
  });
  window.addEventListener("beforeunload", (event) => { if (saving.dirty && !desk.leaving) event.preventDefault(); });
}
