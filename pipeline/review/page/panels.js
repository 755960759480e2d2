// The side: places to look at, voices, chapters, earlier versions.

import { CutPanel } from "./cuts.js";
import { openDialog } from "./dialog.js";
import { make, words } from "./dom.js";
import { linesOf } from "./lines.js";
import { get } from "./server.js";
import { clock } from "./times.js";
import { keyOf } from "./keys.js";

const $ = (id) => document.getElementById(id);
const TABS = ["places", "voices", "chapters", "cuts", "copies"];
const SAMPLES = 3;
const VERDICTS = { heard: "stimmt so", not_spoken: "wird nicht gesprochen", mended: "verbessert" };

export class Panels {
  constructor(page) {
    this.page = page;
    this.marks = [];  // chapters set by ear
    this.cutPanel = new CutPanel(page);
    for (const name of TABS) $(`tab-${name}`).addEventListener("click", () => this.open(name));
    document.querySelector(".tabs").addEventListener("keydown", (event) => {
      const at = TABS.findIndex((name) => document.activeElement === $(`tab-${name}`));
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (at < 0 || !step) return;
      const next = TABS[(at + step + TABS.length) % TABS.length];
      this.open(next);
      $(`tab-${next}`).focus();
    });
  }

  open(name) {
    for (const other of TABS) {
      $(`tab-${other}`).setAttribute("aria-selected", String(other === name));
      $(`tab-${other}`).tabIndex = other === name ? 0 : -1;
      $(`panel-${other}`).hidden = other !== name;
    }
    if (name !== "places") this[name]();
  }

  places(list, current) {
    const left = list.filter((place) => !place.settled).length;
    $("open-count").textContent = `(${left})`;
    const focused = document.activeElement?.closest?.("#panel-places li")?.dataset.id;
    const items = list.map((place) => {
      const allows = (verdict) => !place.settled && place.allows.includes(verdict);
      const buttons = [
        make("button", { type: "button", "aria-label": `Anhören bei ${clock(place.start_ms)}`, onclick: () => this.page.go(place) }, `▶ ${clock(place.start_ms)}`),
      ];
      if (place.replacement && !place.settled) buttons.push(make("button", { type: "button", onclick: () => this.page.replace(place) }, `→ „${place.replacement}“ `, make("kbd", {}, keyOf("take-replacement"))));
      if (allows("heard")) buttons.push(make("button", { type: "button", onclick: () => this.page.settle(place, "heard") }, "Stimmt so ", make("kbd", {}, keyOf("settle-heard"))));
      if (allows("not_spoken")) buttons.push(make("button", { type: "button", onclick: () => this.page.settle(place, "not_spoken") }, "Wird nicht gesprochen ", make("kbd", {}, keyOf("settle-not-spoken"))));
      if (place.settled) buttons.push(`${VERDICTS[place.settled]} `, make("button", { type: "button", onclick: () => this.page.settle(place, null) }, "Wieder öffnen"));
      return make("li", { class: [place.settled ? "settled" : "", place.id === current ? "current" : ""].join(" ").trim() || "open", "data-id": place.id },
        make("p", {}, place.reason), make("div", { class: "tools" }, ...buttons));
    });
    const head = list.length
      ? make("p", {}, left ? `${words(left, "Stelle", "Stellen")} zum Nachhören; Taste `: "Alle Stellen sind geklärt. ", ...(left ? [make("kbd", {}, keyOf("next-place"))] : []))
      : make("p", {}, "Das Programm hat keine Stelle gefunden, die man prüfen müsste.");
    $("panel-places").replaceChildren(head, make("ul", {}, ...items));
    const now = items.find((item) => item.classList.contains("current"));
    now?.scrollIntoView({ block: "nearest" });
    if (focused) items.find((item) => item.dataset.id === focused)?.querySelector("button")?.focus();
  }

  voices() {
    const { state, shapes } = this.page;
    const labels = [...state.speakers];
    const found = new Map();
    for (const [speaker, from, to] of state.voices) {
      if (!found.has(speaker)) found.set(speaker, []);
      found.get(speaker).push([from, to]);
    }
    const parts = [...found].sort((a, b) => a[0] - b[0]).map(([speaker, spans]) => {
      const longest = spans.sort((a, b) => (b[1] - b[0]) - (a[1] - a[0])).slice(0, SAMPLES);
      const person = labels[speaker];
      return make("section", {},
        make("h2", {}, `${shapes[speaker % shapes.length]} ${person ? person.name : `Stimme ${speaker + 1}`}`),
        make("div", { class: "tools" },
          ...longest.map(([from, to]) => make("button", { type: "button", onclick: () => this.page.play(from) }, `▶ ${clock(from)} (${Math.round((to - from) / 1000)} s)`)),
          person ? make("button", { type: "button", onclick: () => this.page.name(person.label) }, "Das ist jemand anderes …") : ""));
    });
    $("panel-voices").replaceChildren(make("p", {}, parts.length ? "Wer ist das? Die längsten Beiträge jeder Stimme:" : "Für diese Folge wurden keine Stimmen getrennt."), ...parts);
  }

  async chapters() {
    const panel = $("panel-chapters");
    panel.replaceChildren(make("p", {}, "Lade …"));
    let answer;
    try {
      answer = await get("chapters.json");
    } catch (error) {
      panel.replaceChildren(make("p", {}, error.message));
      return;
    }
    this.proposals = answer.proposals.map((one) => ({ ...one, taken: false }));
    this.existing = answer.current;
    this.showChapters();
  }

  showChapters() {
    const row = (one, extra) => make("li", {}, make("p", {}, one.title, one.reason ? make("small", {}, ` – ${one.reason}`) : ""), make("div", { class: "tools" }, make("button", { type: "button", onclick: () => this.page.play(one.start_ms) }, `▶ ${clock(one.start_ms)}`), ...extra));
    const title = make("input", { type: "text", id: "chapter-title", "aria-label": "Titel des Kapitels", placeholder: "Titel" });
    const chosen = [...this.proposals.filter((one) => one.taken), ...this.marks].sort((a, b) => a.start_ms - b.start_ms);
    const toml = chosen.map((one) => `[[chapters]]\nstart = "${fullClock(one.start_ms)}"\ntitle = ${JSON.stringify(one.title)}\n`).join("\n");
    $("panel-chapters").replaceChildren(
      make("h2", {}, "In episode.toml"), make("ul", {}, ...this.existing.map((one) => row(one, []))),
      make("h2", {}, "Kapitel hier"), make("div", { class: "tools" }, title, make("button", { type: "button", onclick: () => {
        this.marks.push({ start_ms: Math.round(this.page.now()), title: title.value.trim() || "Kapitel" });
        this.showChapters();
      } }, "Ab jetziger Stelle")),
      make("h2", {}, "Vorschläge"),
      make("ul", {}, ...this.proposals.map((one) => row(one, [make("button", { type: "button", "aria-pressed": String(one.taken), onclick: () => { one.taken = !one.taken; this.showChapters(); } }, "Nehmen")]))),
      ...(chosen.length ? [make("h2", {}, `Zum Einfügen in episode.toml (${chosen.length})`),
        make("textarea", { class: "toml", readonly: true, "aria-label": "Kapitel zum Einfügen" }, toml),
        make("div", { class: "tools" }, make("button", { type: "button", onclick: () => navigator.clipboard.writeText(toml) }, "Kopieren"),
          make("button", { type: "button", onclick: () => { this.marks = []; for (const one of this.proposals) one.taken = false; this.showChapters(); } }, "Auswahl leeren"))] : []),
    );
  }

  cuts() {
    return this.cutPanel.open();
  }

  async copies() {
    const panel = $("panel-copies");
    let list;
    try {
      list = (await get("copies.json")).copies;
    } catch (error) {
      panel.replaceChildren(make("p", {}, error.message));
      return;
    }
    panel.replaceChildren(
      make("p", {}, list.length ? "Frühere Stände dieses Textes, in work/gesichert/:" : "Noch gibt es keine früheren Stände."),
      make("ul", {}, ...list.map((one) => make("li", {}, make("p", {}, `${one.moment}${one.words_changed === undefined ? "" : `, ${words(one.words_changed, "anderes Wort", "andere Wörter")}`}`),
        make("div", { class: "tools" }, make("button", { type: "button", onclick: () => this.compare(one) }, "Vergleichen"))))));
  }

  async compare(copy) {
    const { text } = await get(`copies/${copy.id}`);
    const { differing } = await import("./lines.js");
    const now = linesOf(this.page.doc().toString());
    const then = linesOf(text);
    const parts = differing(now, then);
    const taken = new Set();
    openDialog(`Stand von ${copy.moment}`, [
      make("p", {}, parts.length ? "Absätze, die anders waren; Angekreuztes wird zurückgeholt." : "Er ist gleich."),
      ...parts.map((part, index) => make("label", {}, make("input", { type: "checkbox", checked: false, onchange: (event) => { if (event.target.checked) taken.add(index); else taken.delete(index); } }),
        make("div", { class: "both" }, make("div", { class: "version" }, `jetzt: ${now.slice(part.first, part.last).join("\n") || "–"}`), make("div", { class: "version" }, `damals: ${then.slice(part.from, part.to).join("\n") || "–"}`)))),
    ], [["Angekreuzte zurückholen", () => {
      if (!taken.size) return false;
      const lines = now.slice();
      for (const index of [...taken].sort((a, b) => b - a)) {
        const part = parts[index];
        lines.splice(part.first, part.last - part.first, ...then.slice(part.from, part.to));
      }
      this.page.insert(lines);
      return true;
    }], ["Schließen", () => {}]]);
  }
}

function fullClock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (value) => String(value).padStart(2, "0");
  return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}
