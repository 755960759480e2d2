// The review page: text, sound and places together. docs/architecture.md says who writes what.

import { actionsOf } from "./actions.js";
import { askConflict, askDeleted, askEncoding } from "./conflicts.js";
import { listen } from "./controls.js";
import { make } from "./dom.js";
import { makeEditor } from "./editor.js";
import { Following } from "./following.js";
import { edited, linesOf, changesTo } from "./lines.js";
import { Offers } from "./offers.js";
import { Panels } from "./panels.js";
import { Places } from "./places.js";
import { Plain } from "./plain.js";
import { Playing } from "./playing.js";
import { Proposals } from "./proposals.js";
import { Replacing } from "./replacing.js";
import { Saving } from "./saving.js";
import { get, bytes } from "./server.js";
import { load as loadSettings } from "./settings.js";
import { Sound } from "./sound.js";
import { SHAPES, Speakers } from "./speakers.js";
import { Times, clock } from "./times.js";
import { Labels } from "./turns.js";
import { Vocabulary } from "./vocabulary.js";
import { Wave } from "./wave.js";
import { Writing } from "./writing.js";

const SEND_SEEN_MS = 10000;
const $ = (id) => document.getElementById(id);
const settings = loadSettings();
const tabId = sessionStorage.getItem("review-tab") || "";
const state = await get(`state.json?tab=${encodeURIComponent(tabId)}`).catch((error) => {
  $("status").textContent = error.message;
  throw error;
});
sessionStorage.setItem("review-tab", state.tab);

const title = `${state.number ? `Folge ${state.number}: ` : ""}${state.title}`;
document.title = `Gegenlesen: ${title}`;
$("title").textContent = `Gegenlesen: ${title}`;
if (state.released) notice("Diese Folge ist veröffentlicht. Änderungen am Text erscheinen auf den Seiten, sobald wieder veröffentlicht wird; die MP3 bleibt.");
for (const text of state.notices) notice(text);
if (state.level !== "word") notice(state.level === "none" ? "Für diese Folge gibt es keine gehörten Wörter; alle Zeiten sind geschätzt (≈)." : "Die Zeiten sind nur auf Absätze genau (≈).");
$("first").hidden = settings.hint === false;

// --- the desk: everything on the page. Each part gets it whole, and uses the others only once all of them are there. ---

const desk = {
  state, settings, title, status, notice, spoken,
  labels: new Labels([...state.speakers, ...state.people]),
  times: new Times(state.times),
  level: state.level,
  leaving: false,  // the review was ended: nothing is asked or saved any more
};
desk.playing = new Playing(desk);
desk.places = new Places(desk);
desk.speakers = new Speakers(desk);
desk.following = new Following(desk);
desk.writing = new Writing(desk);
desk.replacing = new Replacing(desk);
desk.plain = new Plain($("plain"), desk);
const { playing, places, speakers, following, writing, replacing, plain } = desk;

const editor = makeEditor($("editor"), {
  text: linesOf(state.text).join("\n"),
  label: `Transkript, ${title}`,
  nonce: document.querySelector('meta[name="csp-nonce"]').content,
  page: {
    labels: () => desk.labels, times: () => desk.times, level: () => desk.level,
    changed: (update) => writing.changed(update), moved: (update) => writing.moved(update),
  },
});
const { view } = editor;
Object.assign(desk, { editor, view });

const saving = new Saving({
  doc: () => editor.doc,
  apply: (changes) => editor.change(changes, { event: "input.merge", isRemote: true }),
  status,
  conflict: (choice) => askConflict(choice, () => linesOf(editor.doc.toString())),
  encoding: (problem, asUtf8) => askEncoding(problem, asUtf8, goOn),
  deleted: (problem, create) => askDeleted(problem, create, goOn),
  adopted: (sentences) => sentences.forEach((text) => notice(text)),
  saved: () => {
    if (saving.dirty) return;  // somebody types on: the next saving asks
    vocabulary.setTextSoon(editor.doc.toString());
    following.retime();
  },
}, state);
desk.saving = saving;

const vocabulary = new Vocabulary();
desk.proposals = new Proposals($("proposal"), { view, vocabulary, settings, spoken, goOn: () => sound.resume() });
vocabulary.setText(editor.doc.toString());
get("vocabulary.json").then(({ words: known }) => vocabulary.setShow(known), () => {});  // without it the text's own words are proposed

desk.offers = new Offers({ doc: () => editor.doc, show: (offer) => replacing.show(offer), known: (word) => vocabulary.usedElsewhere(word) });
const sound = new Sound(state.audio, { begins: () => { playing.steered = false; }, playing: (isPlaying) => playing.changed(isPlaying), heard: (interval) => playing.heard(interval), problem: notice }, settings);
desk.sound = sound;
desk.panels = new Panels({
  state, go: (place) => places.goTo(place), settle: (place, verdict) => places.settle(place, verdict), replace: (place) => places.replace(place),
  play: (ms) => sound.from(ms), stop: () => sound.pause(), shapes: SHAPES, now: () => sound.ms, insert: (lines) => writing.restore(lines),
  doc: () => editor.doc, name: (label) => speakers.nameVoice(label), sound,
});
const wave = new Wave($("wave"), { perS: state.peaks?.per_s ?? 100, voices: state.voices, shapes: SHAPES, seek: (ms) => sound.seek(ms) });
desk.wave = wave;

// --- the beginning -----------------------------------------------------------------------------------------------------

if (!sound.available) {
  $("player").hidden = true;
}
if (state.peaks) bytes(state.peaks.url).then((data) => { wave.peaks = data; wave.draw(sound.ms, true); }, () => {});
sound.speed(settings.speed);
$("length").textContent = clock(state.duration_ms);
$("seek").max = String(state.duration_ms);
$("solo").hidden = !state.audio?.tracks.length;
speakers.show();
playing.showSpeed();
places.show();
playing.showProgress();
following.setOwner(state.owner);
editor.spellcheck(settings.spelling);
plain.use(settings.plain);
status("Alles gesichert");
const kept = saving.kept();
if (kept) {
  const lines = edited(linesOf(state.text), kept);
  editor.change(changesTo(editor.doc, lines));
  notice("Was beim letzten Mal nicht mehr gesichert wurde, steht wieder im Text.");
}
const { seen } = playing;
const firstSeen = seen.length && seen[0][0] < 2000 ? seen[0][1] : 0;
if (firstSeen && desk.times.length) editor.goTo(desk.times.from[Math.max(desk.times.heard(firstSeen), 0)]);
if (!settings.plain) view.focus();
requestAnimationFrame(() => playing.frame());
following.watch();
setInterval(() => playing.sendSeen(), SEND_SEEN_MS);
listen(desk, actionsOf(desk));

// --- messages ----------------------------------------------------------------------------------------------------------

function goOn() {
  saving.blocked = false;
}

function status(text, { bad = false } = {}) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

function notice(text) {
  const line = make("p", {}, text, " ");
  line.append(make("button", { type: "button", onclick: () => line.remove() }, "Schließen"));
  $("notices").append(line);
}

/** What screen readers say. */
function spoken(text) {
  $("spoken").textContent = text;
}

// what tests and benchmarks look at
window.review = { view, saving, sound, vocabulary, get times() { return desk.times; }, get places() { return places.list; } };
