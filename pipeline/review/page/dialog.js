// The one dialog of the page.

import { make } from "./dom.js";

const dialog = document.getElementById("dialog");
const QUIET_MS = 700;
let digits = null;
let lastKey = -Infinity;

addEventListener("keydown", () => { lastKey = performance.now(); }, { capture: true });

/** Does `action` once nobody has typed for a moment: a dialog that opens by itself must not get the keys of a word. */
export function whenQuiet(action) {
  const left = lastKey + QUIET_MS - performance.now();
  if (left <= 0) action();
  else setTimeout(() => whenQuiet(action), left);
}

export const dialogOpen = () => dialog.open;

/**
 * `buttons`: [[text, action]]; an action that returns false keeps the dialog open. `digits(n)` is called for a digit key.
 * `mustChoose`: Esc does not close it.
 */
export function openDialog(title, content, buttons, { mustChoose = false, digits: onDigit = null } = {}) {
  const before = dialog.open ? null : document.activeElement;
  if (dialog.open) dialog.close("again");
  digits = onDigit;
  dialog.dataset.mustChoose = String(mustChoose);
  dialog.replaceChildren(
    make("h2", { id: "dialog-title" }, title),
    ...content,
    make("div", { class: "tools" }, ...buttons.map(([text, action]) => make("button", {
      type: "button",
      onclick: async () => { if ((await action()) !== false && dialog.open && dialog.dataset.stamp === stamp) closeDialog(); },
    }, text))),
  );
  const stamp = String(Math.random());
  dialog.dataset.stamp = stamp;
  dialog.showModal();
  if (before) dialog.addEventListener("close", () => { if (dialog.returnValue !== "again") before.focus?.(); }, { once: true });
  (dialog.querySelector("[autofocus]") ?? dialog.querySelector("input, select, textarea, button"))?.focus();
}

export function closeDialog() {
  dialog.close();
}

dialog.addEventListener("cancel", (event) => { if (dialog.dataset.mustChoose === "true") event.preventDefault(); });
dialog.addEventListener("keydown", (event) => {
  event.stopPropagation();
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  if (digits && digit && !["INPUT", "TEXTAREA"].includes(event.target.tagName)) {
    event.preventDefault();
    digits(Number(digit[1]));
  }
});
