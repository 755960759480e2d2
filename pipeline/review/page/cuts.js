// Proposals for cuts: each is heard as it is and as it would sound without the stretch, then taken or refused. The chosen
// ones become one list to copy; the page cuts nothing and writes no TOML.

import { make, words } from "./dom.js";
import { get, send } from "./server.js";
import { clock } from "./times.js";

const BEFORE_MS = 1500;
const AFTER_MS = 1500;

export class CutPanel {
  /** `page`: {sound}. */
  constructor(page) {
    this.page = page;
    this.taken = new Set();
    this.playing = 0;
  }

  async open() {
    this.panel().replaceChildren(make("p", {}, "Suche im Ton …"));
    await this.ask(() => get("cuts.json"));
  }

  panel() {
    return document.getElementById("panel-cuts");
  }

  async ask(request, focus = "") {
    try {
      this.found = await request();
    } catch (error) {
      this.panel().replaceChildren(make("p", {}, error.message, error.advice ? ` ${error.advice}` : ""));
      return;
    }
    this.show(focus);
  }

  show(focus = "") {
    const { proposals, current, shortens } = this.found;
    const open = proposals.filter((one) => !one.refused);
    const chosen = open.filter((one) => this.taken.has(one.cut));
    const saved = open.reduce((sum, one) => sum + one.end_ms - one.start_ms, 0);
    const lines = [...current.map((cut) => [cut, "steht schon da"]), ...chosen.map((one) => [one.cut, one.reason])].sort();
    const toml = `cut = [\n${lines.map(([cut, about]) => `    "${cut}",  # ${about.replace(/\p{C}/gu, "")}\n`).join("")}]\n`;
    this.panel().replaceChildren(
      make("p", {}, open.length ? `${words(open.length, "Stelle ließe", "Stellen ließen")} sich herausschneiden, zusammen ${seconds(saved)}. Geschnitten wird erst, was in episode.toml steht.`
        : "Nichts gefunden, das sich sauber herausschneiden ließe."),
      ...(shortens ? [make("p", {}, "Lange Pausen fehlen hier: longest_pause_s kürzt sie schon.")] : []),
      make("ul", {}, ...proposals.map((one) => this.row(one))),
      ...(chosen.length ? [make("h2", {}, `Zum Einfügen in episode.toml (${chosen.length})`),
        make("p", {}, current.length ? "Ersetzt die Zeile cut, die schon dasteht." : "Steht vor der ersten Zeile in eckigen Klammern."),
        make("textarea", { class: "toml", readonly: true, "aria-label": "Schnitte zum Einfügen" }, toml),
        make("div", { class: "tools" }, make("button", { type: "button", onclick: () => navigator.clipboard.writeText(toml) }, "Kopieren"),
          make("button", { type: "button", onclick: () => { this.taken.clear(); this.show(); } }, "Auswahl leeren"))] : []),
    );
    if (focus) this.panel().querySelector(`[data-key="${focus}"]`)?.focus();
  }

  row(one) {
    const at = clock(one.start_ms);
    const button = (name, about, attributes, action) => make("button", {
      type: "button", "data-key": `${name} ${one.cut}`, "aria-label": `${about} bei ${at}`, ...attributes, onclick: () => action(`${name} ${one.cut}`),
    }, about);
    const taken = this.taken.has(one.cut);
    const tools = this.page.sound.available ? [
      make("button", { type: "button", "aria-label": `Anhören bei ${at}`, onclick: () => this.hear(one, false) }, `▶ ${at}`),
      button("without", "Ohne hören", {}, () => this.hear(one, true)),
    ] : [];
    if (!one.refused) {
      tools.push(button("take", "Nehmen", { "aria-pressed": String(taken) }, (key) => {
        if (taken) this.taken.delete(one.cut);
        else this.taken.add(one.cut);
        this.show(key);
      }));
    }
    tools.push(button("refuse", one.refused ? "Wieder öffnen" : "Bleibt drin", {}, (key) => {
      this.taken.delete(one.cut);
      return this.ask(() => send("POST", "cut", { cut: one.cut, refused: !one.refused }), key);
    }));
    return make("li", { class: one.refused ? "settled" : "open" },
      make("p", {}, one.reason, make("small", {}, ` – … ${one.before} [${one.text || "–"}] ${one.after} …`)),
      make("div", { class: "tools" }, ...tools));
  }

  /** Play from 1.5 s before to 1.5 s behind; with `without` the stretch itself is skipped. */
  hear(one, without) {
    const { sound } = this.page;
    const turn = ++this.playing;  // a later one ends this one
    sound.stopLoop();
    sound.seek(one.start_ms - BEFORE_MS);
    sound.play();
    let skipped = !without;
    let begun = false;
    const watch = () => {
      if (turn !== this.playing || (begun && !sound.playing)) return;
      begun ||= sound.playing;
      if (sound.ms < one.start_ms - BEFORE_MS - 100 || sound.ms > one.end_ms + AFTER_MS + 1000) return;  // somebody went elsewhere
      if (!skipped && sound.ms >= one.start_ms) {
        skipped = true;
        if (sound.ms < one.end_ms) sound.seek(one.end_ms);
      }
      if (sound.ms >= one.end_ms + AFTER_MS) sound.pause();
      else requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
  }
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1).replace(".", ",")} s`;
}
