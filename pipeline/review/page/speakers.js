// Who speaks: the buttons of the people, and what gives, splits and moves turns.

import { choosePerson } from "./cast.js";
import { make } from "./dom.js";
import { openSwap } from "./replace.js";
import { Labels, allTurns, assign, assignFromHere, folded, labelText, merge, moveBorder, split, turnAt } from "./turns.js";
import { EditorState } from "./codemirror.min.js";

export const SHAPES = ["●", "■", "▲", "◆", "▼", "★"];
const MOST_BUTTONS = 6;
const $ = (id) => document.getElementById(id);

export class Speakers {
  /** `desk`: see review.js. */
  constructor(desk) {
    this.desk = desk;
    this.folder = desk.state.folder;
  }

  get people() {
    const { state } = this.desk;
    return [...state.speakers, ...state.people];
  }

  add(person) {
    this.desk.state.people.push(person);
    this.desk.labels = new Labels(this.people);
  }

  /** The place that the speaker keys are about: the heard one while the sound plays, until somebody moves the cursor. */
  place() {
    const { sound, times, view, playing } = this.desk;
    const word = sound.playing && !playing.steered ? times.heard(sound.ms) : -1;
    return word >= 0 ? times.from[word] : view.state.selection.main.head;
  }

  /** The number of its line. */
  here() {
    return this.desk.editor.doc.lineAt(this.place()).number;
  }

  show() {
    const { doc } = this.desk.editor;
    const turn = turnAt(doc, this.desk.labels, this.here());
    const now = folded(labelText(doc, turn));
    const buttons = this.people.slice(0, MOST_BUTTONS).map((person, index) => make("button", {
      type: "button", class: "person", "aria-pressed": String(folded(person.label) === now), onclick: () => this.give(index),
      title: `Diesen Beitrag ${person.name} geben (Strg+. ${index + 1})`,
    }, make("span", { class: "shape", "aria-hidden": "true" }, SHAPES[index % SHAPES.length]), `${person.name} `, make("kbd", {}, String(index + 1))));
    const more = make("button", { type: "button", onclick: () => choosePerson(this, (person) => this.giveTo(person)) }, "Jemand anderes …");
    $("people").replaceChildren(...buttons, more);
  }

  give(index) {
    const person = this.people[index];
    if (person) this.giveTo(person);
  }

  giveTo(person) {
    const { editor, labels, writing } = this.desk;
    writing.act(assign(editor.doc, labels, this.here(), person));
  }

  splitHere() {
    const { desk } = this;
    const { head } = desk.view.state.selection.main;
    const turn = turnAt(desk.editor.doc, desk.labels, desk.editor.doc.lineAt(head).number);
    const now = folded(labelText(desk.editor.doc, turn));
    const other = this.people.findIndex((person) => folded(person.label) !== now);
    choosePerson(this, (person) => {
      desk.writing.act(split(desk.editor.doc, desk.labels, head, person), undefined);
    }, { title: "Wer spricht ab hier?", preselected: other });
  }

  mergeHere() {
    const { editor, labels, writing } = this.desk;
    return writing.act(merge(editor.doc, labels, this.here()));
  }

  /** Give everything from this line on to a person. */
  fromHere(line = this.here()) {
    const { desk } = this;
    choosePerson(this, (person) => desk.writing.act(assignFromHere(desk.editor.doc, desk.labels, line, person)), { title: "Wer spricht ab diesem Absatz?" });
  }

  border(direction) {
    const { sound, playing, editor, labels, writing } = this.desk;
    const stays = sound.playing && !playing.steered;
    const moving = moveBorder(editor.doc, labels, this.place(), direction);
    if (!moving) return;
    if (stays) {
      writing.act(moving.changes);
      return;
    }
    const after = EditorState.create({ doc: editor.doc }).changes(moving.changes);
    writing.act(moving.changes, after.mapPos(moving.cursor, -1));
  }

  swap() {
    const { desk } = this;
    openSwap({ people: this.people, doc: () => desk.editor.doc, labels: () => desk.labels, act: (changes) => desk.writing.act(changes) });
  }

  /** "Who is this?": give everything under one label to a person. */
  nameVoice(label) {
    const { desk } = this;
    choosePerson(this, (person) => {
      const { doc } = desk.editor;
      const changes = [];
      for (const turn of allTurns(doc, desk.labels)) {
        if (turn.label && folded(labelText(doc, turn)) === folded(label)) {
          const line = doc.line(turn.label);
          changes.push({ from: line.from, to: line.to, insert: person.label });
        }
      }
      desk.writing.act(changes);
      desk.panels.voices();
    }, { title: `Wer ist „${label.replace(/:$/, "")}“?` });
  }

  /** Whether the cursor is at the start of a turn's text. */
  atTurnStart() {
    const { view, editor, labels } = this.desk;
    const { head, empty } = view.state.selection.main;
    const line = editor.doc.lineAt(head);
    return empty && head === line.from && turnAt(editor.doc, labels, line.number).first === line.number;
  }

  /** The speaker at the cursor, as `Labels.person` knows them. */
  atCursor() {
    const { view, editor, labels } = this.desk;
    const turn = turnAt(editor.doc, labels, editor.doc.lineAt(view.state.selection.main.head).number);
    return labels.person(labelText(editor.doc, turn));
  }
}
