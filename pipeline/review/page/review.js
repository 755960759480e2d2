// The review page: text, sound and places together. docs/architecture.md says who writes what.

import { choosePerson } from "./cast.js";
import { askConflict, askDeleted, askEncoding } from "./conflicts.js";
import { dialogOpen, openDialog } from "./dialog.js";
import { make, words } from "./dom.js";
import { makeEditor, remote } from "./editor.js";
import { ACTIONS, keyOf, matches } from "./keys.js";
import { edited, linesOf, changesTo } from "./lines.js";
import { Offers } from "./offers.js";
import { openHelp, openOptions } from "./options.js";
import { Panels } from "./panels.js";
import { openReplace, openSwap } from "./replace.js";
import { Saving } from "./saving.js";
import { get, send, bytes, pause } from "./server.js";
import { load as loadSettings, save as saveSettings } from "./settings.js";
import { Sound } from "./sound.js";
import { Times, clock, union } from "./times.js";
import { Labels, allTurns, assign, assignFromHere, folded, labelText, merge, moveBorder, split, turnAt } from "./turns.js";
import { Wave } from "./wave.js";
import { EditorState, openSearchPanel, redo, undo } from "./codemirror.min.js";

const SHAPES = ["●", "■", "▲", "◆", "▼", "★"];
const MOST_BUTTONS = 6;
const $ = (id) => document.getElementById(id);
const settings = loadSettings();
const tabId = sessionStorage.getItem("review-tab") || "";
const state = await get(`state.json?tab=${encodeURIComponent(tabId)}`).catch((error) => {
  $("status").textContent = error.message;
  throw error;
});
sessionStorage.setItem("review-tab", state.tab);

let labels = new Labels([...state.speakers, ...state.people]);
let times = new Times(state.times);
let level = state.level;
let places = state.places;
let current = null;  // id of the place that is looked at
let heardWord = -1;
let seen = state.seen.map((pair) => pair.slice());
let seenSent = JSON.stringify(seen);
let owner = state.owner;
let chord = false;  // Strg+. was pressed: a digit follows
let running = false;
let spokenLine = 0;
let spokenTimer = 0;
let retiming = false;
let retimeAgain = false;
let lastKey = 0;
let holding = false;
let leaving = false;

const title = `${state.number ? `Folge ${state.number}: ` : ""}${state.title}`;
document.title = `Gegenlesen: ${title}`;
$("title").textContent = `Gegenlesen: ${title}`;
if (state.released) notice("Diese Folge ist veröffentlicht. Änderungen am Text erscheinen auf den Seiten, sobald wieder veröffentlicht wird; die MP3 bleibt.");
for (const text of state.notices) notice(text);
if (level !== "word") notice(level === "none" ? "Für diese Folge gibt es keine gehörten Wörter; alle Zeiten sind geschätzt (≈)." : "Die Zeiten sind nur auf Absätze genau (≈).");
$("first").hidden = settings.hint === false;

const editor = makeEditor($("editor"), {
  text: linesOf(state.text).join("\n"),
  label: `Transkript, ${title}`,
  nonce: document.querySelector('meta[name="csp-nonce"]').content,
  page: { labels: () => labels, times: () => times, level: () => level, changed, moved },
});
const { view } = editor;

const saving = new Saving({
  doc: () => editor.doc,
  apply: (changes) => editor.change(changes, { event: "input.merge", isRemote: true }),
  status,
  conflict: (choice) => askConflict(choice, () => linesOf(editor.doc.toString())),
  encoding: (problem, asUtf8) => askEncoding(problem, asUtf8, goOn),
  deleted: (problem, create) => askDeleted(problem, create, goOn),
  adopted: (sentences) => sentences.forEach((text) => notice(text)),
  saved: () => retime(),
}, state);

const offers = new Offers({ doc: () => editor.doc, show: showOffer });
const sound = new Sound(state.audio, { playing, heard, problem: notice }, settings);
const panels = new Panels({
  state, go: goToPlace, settle, replace: replaceAtPlace, play: (ms) => sound.from(ms), stop: () => sound.pause(), shapes: SHAPES,
  now: () => sound.ms, insert: (lines) => restore(lines), doc: () => editor.doc, name: nameVoice, sound,
});
const wave = new Wave($("wave"), { perS: state.peaks?.per_s ?? 100, voices: state.voices, shapes: SHAPES, seek: (ms) => sound.seek(ms) });
if (!sound.available) {
  $("player").hidden = true;
}
if (state.peaks) bytes(state.peaks.url).then((data) => { wave.peaks = data; wave.draw(sound.ms, true); }, () => {});
sound.speed(settings.speed);
$("length").textContent = clock(state.duration_ms);
$("seek").max = String(state.duration_ms);
$("solo").hidden = !state.audio?.tracks.length;
showPeople();
showSpeed();
showPlaces();
showProgress();
setOwner(owner);
editor.spellcheck(settings.spelling);
plainMode(settings.plain);
status("Alles gesichert");
const kept = saving.kept();
if (kept) {
  const lines = edited(linesOf(state.text), kept);
  editor.change(changesTo(editor.doc, lines));
  notice("Was beim letzten Mal nicht mehr gesichert wurde, steht wieder im Text.");
}
const firstSeen = seen.length && seen[0][0] < 2000 ? seen[0][1] : 0;
if (firstSeen && times.length) editor.goTo(times.from[Math.max(times.heard(firstSeen), 0)]);
if (!settings.plain) view.focus();
requestAnimationFrame(frame);
follow();

// --- what is typed -----------------------------------------------------------------------------------------------------

function changed(update) {
  times.map(update.changes);
  places = places.map((place) => ({ ...place, from: update.changes.mapPos(place.from, 1), to: update.changes.mapPos(place.to, -1) }));
  if (!update.transactions.some((one) => one.annotation(remote))) {
    saving.changed(update.changes);
    offers.changed(update);
    if (settings.pauseTyping && sound.playing && update.transactions.some((one) => one.isUserEvent("input.type"))) sound.pause();
  }
  if (settings.plain && document.activeElement !== $("plain")) $("plain").value = editor.doc.toString();
}

function moved() {
  const line = editor.doc.lineAt(view.state.selection.main.head).number;
  if (line === spokenLine) return;
  spokenLine = line;
  showPeople();
  clearTimeout(spokenTimer);
  spokenTimer = setTimeout(() => {
    const turn = turnAt(editor.doc, labels, line);
    const index = times.firstIn(editor.doc.line(line).from, editor.doc.line(line).to + 1);
    const who = labelText(editor.doc, turn).replace(/:$/, "");
    $("spoken").textContent = [who, index >= 0 ? clock(times.start[index]) : ""].filter(Boolean).join(", ");
  }, 400);
}

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

/** New times and places for the saved text; what is typed meanwhile is mapped. */
async function retime() {
  if (retiming) {
    retimeAgain = true;
    return;
  }
  retiming = true;
  try {
    const answer = await send("POST", "retime", {});
    if (answer.base === saving.base) {
      times = new Times(answer.times);
      ({ level, places } = answer);
      if (saving.dirty) {
        times.map(saving.unsaved);
        places = places.map((place) => ({ ...place, from: saving.unsaved.mapPos(place.from, 1), to: saving.unsaved.mapPos(place.to, -1) }));
      }
      heardWord = -1;
      showPlaces();
    }
  } catch {
    // the next saving asks again; the old times stay, moved with the text
  } finally {
    retiming = false;
  }
  if (retimeAgain) {
    retimeAgain = false;
    retime();
  }
}

/** Watch the file on disk: what others write is taken over, or merged with the next saving. */
async function follow() {
  for (;;) {
    try {
      const answer = await get(`changes?base=${saving.base}&tab=${encodeURIComponent(state.tab)}`);
      if (answer.running !== running) {
        running = answer.running;
        if (running) notice("Für diese Folge läuft gerade ein Befehl. Weiter verbessern ist möglich; der Text hier bleibt, wie er ist.");
      }
      if (answer.owner !== owner) setOwner(answer.owner);
      if (answer.base && answer.base !== saving.base && !saving.flying) {
        if (saving.dirty) {
          await saving.save();
        } else {
          const fresh = await get(`state.json?tab=${encodeURIComponent(state.tab)}`);
          if (!saving.dirty && fresh.base !== saving.base) {
            saving.takeOver(fresh.text, fresh.base);
            notice("Der Text wurde anderswo geändert; die Änderungen stehen jetzt hier.");
            await retime();
          }
        }
      } else if (answer.base !== saving.base) {
        await pause(500);
      }
    } catch {
      await pause(3000);
      if (saving.dirty) saving.save();
    }
  }
}

function setOwner(value) {
  owner = value;
  document.body.classList.toggle("reader", !owner);
  if (!owner) {
    openDialog("Schon anderswo offen", [
      make("p", {}, "Dieser Text ist in einem anderen Fenster oder an einem anderen PC zum Verbessern geöffnet. Hier lässt er sich nur lesen und hören."),
    ], [["Hier weiterarbeiten", async () => {
      await send("POST", "owner", { tab: state.tab, take: true });
      owner = true;
      document.body.classList.remove("reader");
      saving.retry();
    }], ["Nur lesen", () => {}]]);
  } else if (saving.blocked && saving.dirty) {
    saving.retry();
  }
}

// --- sound -------------------------------------------------------------------------------------------------------------

function frame() {
  if (leaving) return;
  sound.frame();
  if (sound.available) {
    const { ms } = sound;
    wave.draw(ms);
    $("now").textContent = clock(ms);
    if (document.activeElement !== $("seek")) $("seek").value = String(Math.round(ms));
    $("seek").setAttribute("aria-valuetext", clock(ms));
    const word = sound.playing || heardWord >= 0 ? times.heard(ms) : -1;
    if (word !== heardWord) {
      heardWord = word;
      mark();
      if (sound.playing && settings.follow && word >= 0 && !typing()) editor.show(times.from[word]);
    }
  }
  setTimeout(() => requestAnimationFrame(frame), sound.playing ? 16 : 100);
}

function typing() {
  return performance.now() - lastKey < 1500;
}

function mark() {
  const ranges = places.filter((place) => !place.settled && place.from < place.to).map((place) => [place.from, place.to, "place"]);
  if (settings.doubts) {
    for (let index = 0; index < times.length; index++) if (times.flags[index] & 2) ranges.push([times.from[index], times.to[index], "doubt"]);
  }
  if (heardWord >= 0 && times.to[heardWord] > times.from[heardWord]) ranges.push([times.from[heardWord], times.to[heardWord], "heard"]);
  editor.mark(ranges);
}

function playing(isPlaying) {
  $("play").firstChild.textContent = isPlaying ? "Anhalten " : "Abspielen ";
  if (!isPlaying) sendSeen();
}

function heard(interval) {
  seen = union([...seen, interval]);
  showProgress();
}

async function sendSeen() {
  const text = JSON.stringify(seen);
  if (text === seenSent) return;
  seenSent = text;
  await send("POST", "seen", { intervals: seen }).catch(() => { seenSent = ""; });
}
setInterval(sendSeen, 10000);

function showProgress() {
  const total = seen.reduce((sum, [from, to]) => sum + Math.min(to, state.duration_ms) - from, 0);
  const share = state.duration_ms ? Math.min(100, Math.round((100 * total) / state.duration_ms)) : 0;
  $("progress").textContent = sound.available ? `gehört: ${share} %` : "";
}

function showSpeed() {
  $("speed").textContent = `${settings.speed.toFixed(1).replace(".", ",")}×`;
}

/** The word at the cursor; behind the last word of a paragraph, that word. */
function wordAtCursor() {
  const { head } = view.state.selection.main;
  const index = times.at(head);
  if (index < 0) return times.length - 1;
  const line = editor.doc.lineAt(head);
  return times.from[index] > line.to && index > 0 && times.to[index - 1] > line.from ? index - 1 : index;
}

/** The times of the sentence at the cursor, or of what is selected. */
function sentence() {
  const { from, to, empty } = view.state.selection.main;
  if (!empty) {
    const first = times.at(from);
    const last = Math.max(first, times.at(to) < 0 ? times.length - 1 : times.at(to) - (times.from[times.at(to)] >= to ? 1 : 0));
    return first < 0 ? null : [times.start[first], times.end[last]];
  }
  const at = wordAtCursor();
  if (at < 0) return null;
  const line = editor.doc.lineAt(times.from[at]);
  const ends = (index) => /[.!?…]["“”»«)\]]*$/.test(editor.doc.sliceString(times.from[index], times.to[index]));
  let first = at;
  while (first > 0 && times.from[first - 1] >= line.from && !ends(first - 1)) first--;
  let last = at;
  while (last + 1 < times.length && times.to[last + 1] <= line.to && !ends(last)) last++;
  return [times.start[first], times.end[last]];
}

// --- speakers ----------------------------------------------------------------------------------------------------------

const cast = {
  folder: state.folder,
  get people() {
    return people();
  },
  add(person) {
    state.people.push(person);
    labels = new Labels(people());
  },
};

function people() {
  return [...state.speakers, ...state.people];
}

function showPeople() {
  const doc = editor.doc;
  const turn = turnAt(doc, labels, doc.lineAt(view.state.selection.main.head).number);
  const now = folded(labelText(doc, turn));
  const buttons = people().slice(0, MOST_BUTTONS).map((person, index) => make("button", {
    type: "button", class: "person", "aria-pressed": String(folded(person.label) === now), onclick: () => give(index),
    title: `Diesen Beitrag ${person.name} geben (Strg+. ${index + 1})`,
  }, make("span", { class: "shape", "aria-hidden": "true" }, SHAPES[index % SHAPES.length]), `${person.name} `, make("kbd", {}, String(index + 1))));
  const more = make("button", { type: "button", onclick: () => choosePerson(cast, (person) => giveTo(person)) }, "Jemand anderes …");
  $("people").replaceChildren(...buttons, more);
}

function give(index) {
  const person = people()[index];
  if (person) giveTo(person);
}

function giveTo(person) {
  const line = editor.doc.lineAt(view.state.selection.main.head).number;
  act(assign(editor.doc, labels, line, person));
}

function act(changes, cursor) {
  if (!changes || !changes.length) return false;
  editor.change(changes, { cursor });
  showPeople();
  saving.save();
  if (!settings.plain) view.focus();
  return true;
}

function splitHere() {
  const { head } = view.state.selection.main;
  const turn = turnAt(editor.doc, labels, editor.doc.lineAt(head).number);
  const now = folded(labelText(editor.doc, turn));
  const other = people().findIndex((person) => folded(person.label) !== now);
  choosePerson(cast, (person) => {
    act(split(editor.doc, labels, head, person), undefined);
  }, { title: "Wer spricht ab hier?", preselected: other });
}

/** "Who is this?": give everything under one label to a person. */
function nameVoice(label) {
  choosePerson(cast, (person) => {
    const doc = editor.doc;
    const changes = [];
    for (const turn of allTurns(doc, labels)) {
      if (turn.label && folded(labelText(doc, turn)) === folded(label)) {
        const line = doc.line(turn.label);
        changes.push({ from: line.from, to: line.to, insert: person.label });
      }
    }
    act(changes);
    panels.voices();
  }, { title: `Wer ist „${label.replace(/:$/, "")}“?` });
}

// --- places ------------------------------------------------------------------------------------------------------------

function showPlaces() {
  panels.places(places, current);
  mark();
}

function open() {
  return places.filter((place) => !place.settled);
}

function goToPlace(place, { play = true } = {}) {
  current = place.id;
  editor.goTo(place.from, { focus: !settings.plain });
  showPlaces();
  $("spoken").textContent = place.reason;
  if (play && sound.available) sound.from(Math.max(place.start_ms - 750, 0));
}

function nextPlace(step) {
  const list = open();
  if (!list.length) {
    status("Keine offene Stelle mehr");
    return;
  }
  const { head } = view.state.selection.main;
  const at = list.findIndex((place) => place.id === current);
  let index;
  if (at >= 0) index = at + step;
  else if (step > 0) index = list.findIndex((place) => place.from >= head);
  else index = list.findLastIndex((place) => place.from < head);
  goToPlace(list[(index + list.length) % list.length]);
}

async function settle(place, verdict) {
  try {
    const answer = await send("POST", "settle", { place: place.id, verdict });
    if (saving.dirty) {
      const settled = new Map(answer.places.map((one) => [one.id, one.settled]));
      places = places.map((one) => ({ ...one, settled: settled.get(one.id) ?? one.settled }));
    } else {
      ({ places } = answer);
    }
    showPlaces();
  } catch (error) {
    notice(error.message);
  }
}

async function settleCurrent(verdict) {
  const place = places.find((one) => one.id === current);
  if (!place || place.settled || !place.allows.includes(verdict)) return;
  const list = open();
  const next = list[list.findIndex((one) => one.id === current) + 1];
  await settle(place, verdict);
  if (next) goToPlace(places.find((one) => one.id === next.id) ?? next);
}

async function replaceAtPlace(place) {
  if (!place.replacement) return;
  act([{ from: place.from, to: place.to, insert: place.replacement }]);
  await saving.save();
}

// --- offers, dialogs ---------------------------------------------------------------------------------------------------

function showOffer(offer) {
  const box = $("offer");
  box.hidden = !offer;
  if (!offer) return;
  const count = offer.rest.length;
  box.replaceChildren(
    `„${offer.wrong}“ → „${offer.right}“: noch ${count === 1 ? "eine Stelle" : `${count} Stellen`}. `,
    make("button", { type: "button", onclick: () => acceptOffer() }, "Alle ersetzen ", make("kbd", {}, keyOf("offer"))), " ",
    make("button", { type: "button", onclick: () => openReplace(replaceTools(), offer.wrong, offer.right) }, "Alle ansehen"), " ",
    make("button", { type: "button", onclick: () => remember(offer) }, "Für künftige Folgen merken"), " ",
    make("button", { type: "button", onclick: () => offers.dismiss() }, "Nein"),
  );
}

function acceptOffer() {
  const offer = offers.current;
  if (!offer) return;
  offers.take();
  act(offer.rest.map(({ from, to }) => ({ from, to, insert: offer.right })));
  status(`${words(offer.rest.length, "Stelle", "Stellen")} ersetzt`);
}

async function remember(offer) {
  try {
    const { line, file, known } = await get(`glossary?wrong=${encodeURIComponent(offer.wrong)}&right=${encodeURIComponent(offer.right)}`);
    if (known) {
      notice(`Das steht schon in ${file}.`);
      return;
    }
    openDialog("Für künftige Folgen merken", [
      make("p", {}, `In ${file} kommt diese Zeile:`), make("p", {}, make("code", {}, line)),
    ], [["Eintragen", async () => {
      await send("POST", "glossary", { wrong: offer.wrong, right: offer.right })
        .then(() => notice(`In ${file} eingetragen: ${line}`), (error) => notice(`${error.message} ${error.advice ?? ""}`));
    }], ["Abbrechen", () => {}]]);
  } catch (error) {
    notice(error.message);
  }
}

function replaceTools() {
  return { doc: () => editor.doc, selection: () => view.state.sliceDoc(view.state.selection.main.from, view.state.selection.main.to), act };
}

function restore(lines) {
  act(changesTo(editor.doc, lines));
}

function done() {
  const left = open().length;
  const name = make("input", { type: "text", id: "reviewer", value: settings.name, autocomplete: "name" });
  openDialog("Fertig", [
    make("p", {}, left ? `${words(left, "Stelle ist", "Stellen sind")} noch offen. Man kann jederzeit weitermachen.` : "Alle Stellen sind geklärt."),
    make("p", {}, "Ganz gelesen und gehört? Dann vermerken; auf der Seite steht danach, dass die Redaktion gegengelesen hat. Sonst das Fenster einfach schließen: gesichert ist alles, und später geht es hier weiter."),
    make("label", { for: "reviewer" }, "Name für den Vermerk (oder leer): ", name),
  ], [
    ["Gegengelesen vermerken und beenden", () => finish({ name: name.value.trim() })],
    ["Weiter verbessern", () => {}],
  ]);
}

async function finish(record) {
  settings.name = record.name || settings.name;
  saveSettings(settings);
  sound.pause();
  await saving.save();
  await sendSeen();
  if (saving.dirty) {
    notice("Noch ist nicht alles gesichert; bitte erst das klären.");
    return;
  }
  try {
    await send("POST", "done", record);
    leaving = true;
    document.body.replaceChildren(make("main", { class: "end" }, make("h1", {}, "Beendet"), make("p", {}, `Der Text von ${title} ist gesichert. Dieses Fenster kann geschlossen werden.`)));
  } catch (error) {
    notice(`${error.message} ${error.advice ?? ""}`);
  }
}

// --- plain text for screen readers --------------------------------------------------------------------------------------

function plainMode(on) {
  const plain = $("plain");
  $("editor").hidden = on;
  plain.hidden = !on;
  plain.setAttribute("aria-label", `Transkript, ${title}`);
  if (on) {
    plain.value = editor.doc.toString();
    plain.selectionStart = plain.selectionEnd = view.state.selection.main.head;
    plain.focus();
  } else {
    view.requestMeasure();
    view.focus();
  }
}

$("plain").addEventListener("input", () => {
  const plain = $("plain");
  editor.change(changesTo(editor.doc, linesOf(plain.value)), { cursor: plain.selectionStart });
});
$("plain").addEventListener("selectionchange", syncPlain);
$("plain").addEventListener("keyup", syncPlain);
$("plain").addEventListener("click", syncPlain);

function syncPlain() {
  const at = $("plain").selectionStart;
  if (at !== view.state.selection.main.head && at <= editor.doc.length) view.dispatch({ selection: { anchor: at } });
}

// --- keys and buttons ---------------------------------------------------------------------------------------------------

const doing = {
  play() {
    if (!sound.playing) return sound.resume();
    sound.pause();
    if (settings.cursorOnPause) {
      const word = times.heard(sound.ms);
      if (word >= 0) editor.goTo(times.from[word], { focus: !settings.plain, center: false });
      if (settings.plain && word >= 0) $("plain").setSelectionRange(times.from[word], times.from[word]);
    }
    return undefined;
  },
  "replace-heard"() {
    sound.pause();
    const word = times.heard(sound.ms);
    if (word < 0) return;
    const anchor = times.from[word];
    const head = anchor + editor.doc.sliceString(anchor, times.to[word]).replace(/[^\p{L}\p{N}]+$/u, "").length;
    if (settings.plain) {
      $("plain").focus();
      $("plain").setSelectionRange(anchor, head);
    } else {
      view.dispatch({ selection: { anchor, head }, scrollIntoView: true });
      view.focus();
    }
  },
  back: () => sound.jump(-3),
  forward: () => sound.jump(3),
  "play-here": () => { const word = wordAtCursor(); if (word >= 0) sound.from(times.start[word]); },
  loop() {
    if (sound.loop) { sound.stopLoop(); sound.pause(); } else { const span = sentence(); if (span) sound.startLoop(...span); }
    $("loop").setAttribute("aria-pressed", String(Boolean(sound.loop)));
  },
  solo() {
    const turn = turnAt(editor.doc, labels, editor.doc.lineAt(view.state.selection.main.head).number);
    const speaker = labels.person(labelText(editor.doc, turn));
    if (!sound.solo(speaker)) status("Von dieser Person gibt es keine eigene Spur.");
    $("solo").setAttribute("aria-pressed", String(sound.track >= 0));
  },
  slower() { sound.speed(settings.speed - 0.1); saveSettings(settings); showSpeed(); },
  faster() { sound.speed(settings.speed + 0.1); saveSettings(settings); showSpeed(); },
  "paragraph-up": () => paragraph(-1),
  "paragraph-down": () => paragraph(1),
  "next-place": () => nextPlace(1),
  "previous-place": () => nextPlace(-1),
  "settle-heard": () => settleCurrent("heard"),
  "settle-not-spoken": () => settleCurrent("not_spoken"),
  "take-replacement": async () => {
    const place = places.find((one) => one.id === current && !one.settled);
    if (place?.replacement) { await replaceAtPlace(place); nextPlace(1); }
  },
  split: splitHere,
  merge: () => act(merge(editor.doc, labels, editor.doc.lineAt(view.state.selection.main.head).number)),
  "border-up": () => border("up"),
  "border-down": () => border("down"),
  "from-here": () => choosePerson(cast, (person) => act(assignFromHere(editor.doc, labels, editor.doc.lineAt(view.state.selection.main.head).number, person)), { title: "Wer spricht ab diesem Absatz?" }),
  swap: () => openSwap({ people: people(), doc: () => editor.doc, labels: () => labels, act }),
  replace: () => openReplace(replaceTools()),
  offer: acceptOffer,
  search: () => openSearchPanel(view),
  save: () => saving.save(),
  undo: () => undo(view),
  redo: () => redo(view),
  "heard-until-here"() {
    const word = wordAtCursor();
    if (word < 0) return;
    seen = union([...seen, [0, times.end[word]]]);
    showProgress();
    sendSeen();
    status(`Bis ${clock(times.end[word])} als gehört vermerkt`);
  },
  help: openHelp,
  options: () => openOptions(settings, { mark, plain: plainMode, spelling: (on) => editor.spellcheck(on) }),
  done,
  "hint-off"() { settings.hint = false; saveSettings(settings); $("first").hidden = true; view.focus(); },
};

function border(direction) {
  const moving = moveBorder(editor.doc, labels, view.state.selection.main.head, direction);
  if (!moving) return;
  const after = EditorState.create({ doc: editor.doc }).changes(moving.changes);
  act(moving.changes, after.mapPos(moving.cursor, -1));
}

function paragraph(step) {
  const doc = editor.doc;
  let number = doc.lineAt(view.state.selection.main.head).number + step;
  while (number >= 1 && number <= doc.lines && (!doc.line(number).text.trim() || labels.is(doc, number))) number += step;
  if (number < 1 || number > doc.lines) return;
  editor.goTo(doc.line(number).from);
  doing["play-here"]();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) doing[button.dataset.action]();
});

document.addEventListener("keydown", (event) => {
  lastKey = event.key.length === 1 || event.key === "Backspace" || event.key === "Delete" ? performance.now() : lastKey;
  if (dialogOpen() || event.isComposing) return;
  if (chord) {
    if (["Control", "Shift", "Alt"].includes(event.key)) return;
    chord = false;
    status(saving.dirty ? "Noch nicht gesichert …" : "Alles gesichert");
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    if (digit) {
      event.preventDefault();
      event.stopPropagation();
      give(Number(digit[1]) - 1);
    }
    return;
  }
  const digit = /^Digit([1-9])$/.exec(event.code);
  if (digit && event.ctrlKey && event.altKey && !event.shiftKey && !event.getModifierState("AltGraph")) {
    event.preventDefault();
    event.stopPropagation();
    give(Number(digit[1]) - 1);
    return;
  }
  if (event.key === "Escape" && event.target.closest?.(".cm-panel")) {
    editor.closeSearch();
    view.focus();
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  const action = ACTIONS.find((one) => matches(one.id, event));
  if (!action) return;
  if (action.id === "merge" && !atTurnStart()) return;
  event.preventDefault();
  event.stopPropagation();
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
    if (performance.now() - holding > 400 && sound.playing) doing.play();
    holding = false;
  }
}, true);

/** Whether the cursor is at the start of a turn's text. */
function atTurnStart() {
  const { head, empty } = view.state.selection.main;
  const line = editor.doc.lineAt(head);
  return empty && head === line.from && turnAt(editor.doc, labels, line.number).first === line.number;
}

$("seek").addEventListener("input", (event) => sound.seek(Number(event.target.value)));
view.contentDOM.addEventListener("blur", () => saving.save());
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") saving.save({ keepalive: true }); });
window.addEventListener("pagehide", () => {
  if (!leaving) {
    saving.save({ keepalive: true });
    fetch("owner", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ tab: state.tab, take: false }), keepalive: true }).catch(() => {});
  }
});
window.addEventListener("beforeunload", (event) => { if (saving.dirty && !leaving) event.preventDefault(); });

// what tests and benchmarks look at
window.review = { view, saving, sound, get times() { return times; }, get places() { return places; } };
