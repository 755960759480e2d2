// What the keys and buttons do: one function for each action of keys.js and each `data-action` of the page.

import { openDone } from "./finishing.js";
import { joinWords } from "./lines.js";
import { openHelp, openOptions } from "./options.js";
import { save as saveSettings } from "./settings.js";
import { clock } from "./times.js";
import { openSearchPanel, redo, undo } from "./codemirror.min.js";

const $ = (id) => document.getElementById(id);

/** The functions by name. `desk`: see review.js. */
export function actionsOf(desk) {
  const { settings, editor, view, sound, playing, speakers, places, saving, proposals, replacing } = desk;

  const doing = {
    play() {
      proposals.close();
      if (!sound.playing) return sound.resume();
      sound.pause();
      if (settings.cursorOnPause) {
        const { times } = desk;
        const word = times.heard(sound.ms);
        if (word >= 0) editor.goTo(times.from[word], { focus: !settings.plain, center: false });
        if (settings.plain && word >= 0) $("plain").setSelectionRange(times.from[word], times.from[word]);
      }
      return undefined;
    },
    "replace-heard"() {
      sound.pause();
      const { times } = desk;
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
        proposals.replace(anchor, editor.doc.sliceString(anchor, head));
      }
    },
    back: () => sound.jump(-3),
    forward: () => sound.jump(3),
    "play-here": () => { const word = playing.wordAtCursor(); if (word >= 0) sound.from(desk.times.start[word]); },
    loop() {
      if (sound.loop) { sound.stopLoop(); sound.pause(); } else { const span = playing.sentence(); if (span) sound.startLoop(...span); }
      $("loop").setAttribute("aria-pressed", String(Boolean(sound.loop)));
    },
    solo() {
      if (!sound.solo(speakers.atCursor())) desk.status("Von dieser Person gibt es keine eigene Spur.");
      $("solo").setAttribute("aria-pressed", String(sound.track >= 0));
    },
    slower: () => speed(-0.1),
    faster: () => speed(0.1),
    "paragraph-up": () => paragraph(-1),
    "paragraph-down": () => paragraph(1),
    "next-place": () => places.next(1),
    "previous-place": () => places.next(-1),
    "settle-heard": () => places.settleCurrent("heard"),
    "settle-not-spoken": () => places.settleCurrent("not_spoken"),
    "take-replacement": () => places.replaceCurrent(),
    split: () => speakers.splitHere(),
    merge: () => speakers.mergeHere(),
    "join-words": () => desk.writing.act(joinWords(editor.doc, speakers.place())),
    "border-up": () => speakers.border("up"),
    "border-down": () => speakers.border("down"),
    "from-here": () => speakers.fromHere(),
    swap: () => speakers.swap(),
    replace: () => replacing.open(),
    offer: () => replacing.accept(),
    search: () => openSearchPanel(view),
    save: () => saving.save(),
    undo: () => undo(view),
    redo: () => redo(view),
    "heard-until-here"() {
      const word = playing.wordAtCursor();
      if (word < 0) return;
      const end = desk.times.end[word];
      playing.heard([0, end]);
      playing.sendSeen();
      desk.status(`Bis ${clock(end)} als gehört vermerkt`);
    },
    help: openHelp,
    options: () => openOptions(settings, { mark: () => playing.mark(), plain: (on) => desk.plain.use(on), spelling: (on) => editor.spellcheck(on) }),
    done: () => openDone(desk),
    "hint-off"() { settings.hint = false; saveSettings(settings); $("first").hidden = true; view.focus(); },
  };

  function speed(step) {
    sound.speed(settings.speed + step);
    saveSettings(settings);
    playing.showSpeed();
  }

  function paragraph(step) {
    const { doc } = editor;
    const { labels } = desk;
    let number = doc.lineAt(view.state.selection.main.head).number + step;
    while (number >= 1 && number <= doc.lines && (!doc.line(number).text.trim() || labels.is(doc, number))) number += step;
    if (number < 1 || number > doc.lines) return;
    editor.goTo(doc.line(number).from);
    doing["play-here"]();
  }

  return doing;
}
