// Who speaks: the label lines of the text, and the changes that give words to another speaker.
// Every function takes a CodeMirror Text and returns changes for one transaction; nothing here knows the page.

const NAME_LIKE = /^\p{Lu}[^.!?…:;"„“]{0,78}:\s*$/u;

/** A label as it is compared: without brackets, marks and letters' cases. */
export function folded(label) {
  return label.replace(/\[.*?\]/g, "").replace(/[:\s\u00ad]+/g, " ").trim().normalize("NFC").toLowerCase();
}

/** Says which lines are labels. `people` are those who may speak: {name, label}. */
export class Labels {
  constructor(people) {
    this.people = people;
    this.known = new Map(people.flatMap((person, index) => [[folded(person.name), index], [folded(person.label), index]]));
  }

  /** Whether the line is a label: a name alone on its line, at the start or after an empty line. */
  is(doc, number) {
    const text = doc.line(number).text.trim();
    if (!text.endsWith(":")) return false;
    if (this.known.has(folded(text))) return true;
    const first = number === 1 || !doc.line(number - 1).text.trim();
    return first && NAME_LIKE.test(text) && text.split(/\s+/).length <= 8;
  }

  /** The index of the person behind a label line, -1 for somebody else. */
  person(text) {
    return this.known.get(folded(text)) ?? -1;
  }
}

/** The turn with this line: {label: its number or 0, first, last} lines of its text, last without empty lines after it. */
export function turnAt(doc, labels, number) {
  let label = number;
  while (label > 0 && !labels.is(doc, label)) label--;
  let last = number + (label === number ? 1 : 0);
  while (last <= doc.lines && !labels.is(doc, last)) last++;
  last = Math.min(last - 1, doc.lines);
  while (last > label && !doc.line(last).text.trim()) last--;
  let first = label + 1;
  while (first < last && !doc.line(first).text.trim()) first++;
  return { label, first, last };
}

/** All turns, in order. */
export function allTurns(doc, labels) {
  const turns = [];
  for (let number = 1; number <= doc.lines;) {
    const turn = turnAt(doc, labels, number);
    if (turn.last >= turn.first) turns.push(turn);
    number = Math.max(turn.last, number) + 1;
    while (number <= doc.lines && !doc.line(number).text.trim()) number++;
  }
  return turns;
}

/** The label line of a turn, "" if it has none. */
export function labelText(doc, turn) {
  return turn.label ? doc.line(turn.label).text.trim() : "";
}

function before(doc, labels, turn) {
  const top = turn.label || turn.first;
  let number = top - 1;
  while (number > 0 && !doc.line(number).text.trim()) number--;
  return number > 0 ? turnAt(doc, labels, number) : null;
}

function after(doc, labels, turn) {
  let number = turn.last + 1;
  while (number <= doc.lines && !doc.line(number).text.trim()) number++;
  return number <= doc.lines ? turnAt(doc, labels, number) : null;
}

/** Give the turn with this line to the person. Turns of one person in a row become one, as paragraphs. */
export function assign(doc, labels, number, person) {
  const turn = turnAt(doc, labels, number);
  const same = (other) => other && other.label && folded(labelText(doc, other)) === folded(person.label);
  const upper = before(doc, labels, turn);
  const lower = after(doc, labels, turn);
  const changes = [];
  if (same(upper)) {
    if (turn.label) changes.push(withoutLabel(doc, turn));
  } else if (turn.label) {
    const line = doc.line(turn.label);
    if (line.text !== person.label) changes.push({ from: line.from, to: line.to, insert: person.label });
  } else {
    changes.push({ from: doc.line(turn.first).from, insert: `${person.label}\n` });
  }
  if (same(lower)) changes.push(withoutLabel(doc, lower));
  return changes;
}

function withoutLabel(doc, turn) {
  return { from: doc.line(turn.label).from, to: doc.line(Math.min(turn.first, doc.lines)).from };
}

/** Everything from this line to the end of its turn goes to the person. */
export function assignFromHere(doc, labels, number, person) {
  const turn = turnAt(doc, labels, number);
  if (number <= turn.first) return assign(doc, labels, number, person);
  return split(doc, labels, doc.line(number).from, person);
}

/** Begin a new turn with the word at `pos`, spoken by the person. */
export function split(doc, labels, pos, person) {
  const line = doc.lineAt(pos);
  const turn = turnAt(doc, labels, line.number);
  if (line.number === turn.label) return [];
  const start = wordStart(line, pos);
  const head = line.text.slice(0, start - line.from).trimEnd();
  if (!head && line.number === turn.first) return assign(doc, labels, line.number, person);
  const lower = after(doc, labels, turn);
  const joins = lower && lower.label && folded(labelText(doc, lower)) === folded(person.label);
  const gap = head ? "\n\n" : !doc.line(line.number - 1).text.trim() ? "" : "\n";
  const changes = [{ from: line.from + head.length, to: start, insert: `${gap}${person.label}\n` }];
  if (joins) changes.push(withoutLabel(doc, lower));
  return changes;
}

/** The start of the word at `pos` in a line; behind the last word, that word. */
function wordStart(line, pos) {
  let at = Math.min(Math.max(pos - line.from, 0), line.text.trimEnd().length);
  if (at < line.text.length && /\s/.test(line.text[at]) && at > 0 && !/\s/.test(line.text[at - 1])) {
    while (at < line.text.length && /\s/.test(line.text[at])) at++;
  } else {
    while (at > 0 && !/\s/.test(line.text[at - 1])) at--;
  }
  return line.from + at;
}

/** Join the turn with the one before it, which keeps its speaker. */
export function merge(doc, labels, number) {
  const turn = turnAt(doc, labels, number);
  if (!turn.label || !before(doc, labels, turn)) return [];
  return [withoutLabel(doc, turn)];
}

/**
 * Move the border of two turns by one word: up gives the last word of the upper turn to the lower one, down the other
 * way round. The border is the one nearest to `pos`. Returns {changes, cursor: the border's new place} or null.
 */
export function moveBorder(doc, labels, pos, direction) {
  const turn = turnAt(doc, labels, doc.lineAt(pos).number);
  const upper = before(doc, labels, turn);
  const lower = after(doc, labels, turn);
  const toStart = upper ? pos - doc.line(turn.first).from : Infinity;
  const toEnd = lower ? doc.line(turn.last).to - pos : Infinity;
  if (toStart === Infinity && toEnd === Infinity) return null;
  const [one, other] = toStart <= toEnd ? [upper, turn] : [turn, lower];
  return direction === "up" ? wordDown(doc, one, other) : wordUp(doc, one, other);
}

function wordDown(doc, upper, lower) {
  const line = doc.line(upper.last);
  const match = /(\s*)(\S+)\s*$/.exec(line.text);
  const target = doc.line(lower.first);
  if (!match || target.from <= line.to) return null;
  const alone = match.index === 0 && !match[1];
  const changes = [];
  if (alone && upper.first === upper.last && upper.label) {  // the upper turn has nothing left
    changes.push({ from: doc.line(upper.label).from, to: doc.line(lower.label || lower.first).from });
  } else if (alone) {
    changes.push({ from: doc.line(upper.last - 1).to, to: line.to });
  } else {
    changes.push({ from: line.from + match.index, to: line.to });
  }
  changes.push({ from: target.from, insert: `${match[2]} ` });
  return { changes, cursor: target.from };
}

function wordUp(doc, upper, lower) {
  const line = doc.line(lower.first);
  const match = /^\s*(\S+)(\s*)/.exec(line.text);
  const target = doc.line(upper.last);
  if (!match || line.from <= target.to) return null;
  const changes = [{ from: target.from + target.text.trimEnd().length, to: target.to, insert: ` ${match[1]}` }];
  const rest = line.text.slice(match[0].length).trim();
  if (!rest && lower.first === lower.last) {  // the lower turn has nothing left
    const from = target.to;
    changes[0].to = target.to;
    changes.push({ from, to: doc.line(lower.last).to });
    return { changes: [{ from: changes[0].from, to: doc.line(lower.last).to, insert: changes[0].insert }], cursor: changes[0].from + 1 };
  }
  changes.push(rest ? { from: line.from, to: line.from + match[0].length } : { from: line.from, to: doc.line(lower.first + 1).from });
  return { changes, cursor: line.from };
}

/** Swap two people in every label. */
export function swap(doc, labels, one, other) {
  const changes = [];
  for (let number = 1; number <= doc.lines; number++) {
    if (!labels.is(doc, number)) continue;
    const line = doc.line(number);
    const key = folded(line.text);
    const label = key === folded(one.label) ? other.label : key === folded(other.label) ? one.label : null;
    if (label) changes.push({ from: line.from, to: line.to, insert: label });
  }
  return changes;
}

/** Put another label in the place of every one that is equal to `label`. */
export function relabel(doc, labels, label, person) {
  const changes = [];
  for (let number = 1; number <= doc.lines; number++) {
    const line = doc.line(number);
    if (labels.is(doc, number) && folded(line.text) === folded(label)) changes.push({ from: line.from, to: line.to, insert: person.label });
  }
  return changes;
}
