// Texts as lines, and edits of lines as the server takes them: {first, last, lines}, counted from 0 in the older text.

/** The lines of a text, with any kind of line end. */
export function linesOf(text) {
  return text.split(/\r\n|\r|\n/);
}

/** The edits of whole lines behind a CodeMirror ChangeSet from the text `before` to the text `after`. */
export function editsOf(changes, before, after) {
  const edits = [];
  changes.iterChangedRanges((fromA, toA, fromB, toB) => {
    const firstLine = before.lineAt(fromA);
    const first = firstLine.number - 1;
    const last = before.lineAt(toA).number;
    const fromLine = after.lineAt(fromB).number;
    const toLine = after.lineAt(toB).number;
    const open = edits[edits.length - 1];
    if (open && first < open.last) {
      open.last = Math.max(open.last, last);
      open.toLine = Math.max(open.toLine, toLine);
    } else {
      edits.push({ first, last, fromLine, toLine });
    }
  }, true);
  return edits.map(({ first, last, fromLine, toLine }) => {
    const lines = [];
    for (let number = fromLine; number <= toLine; number++) lines.push(after.line(number).text);
    return { first, last, lines };
  });
}

/** The lines with the edits made. */
export function edited(lines, edits) {
  const result = lines.slice();
  for (const edit of edits.slice().reverse()) result.splice(edit.first, edit.last - edit.first, ...edit.lines);
  return result;
}

/** Changes for CodeMirror that turn the document into one with these lines; what is equal stays untouched. */
export function changesTo(doc, lines) {
  const before = [];
  for (let number = 1; number <= doc.lines; number++) before.push(doc.line(number).text);
  const changes = [];
  for (const { first, last, from, to } of differing(before, lines)) {
    const insert = lines.slice(from, to).join("\n");
    if (first < last) {
      const start = doc.line(first + 1).from;
      const end = doc.line(last).to;
      if (from < to) changes.push({ from: start, to: end, insert });
      else if (last < doc.lines) changes.push({ from: start, to: doc.line(last + 1).from });
      else changes.push({ from: Math.max(start - 1, 0), to: end });
    } else if (first < doc.lines) {
      changes.push({ from: doc.line(first + 1).from, insert: `${insert}\n` });
    } else {
      changes.push({ from: doc.length, insert: `\n${insert}` });
    }
  }
  return changes;
}

/** The stretches in which two lists of lines differ (Myers), as {first, last} of the one and {from, to} of the other. */
export function differing(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start && end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) end++;
  const one = before.slice(start, before.length - end);
  const other = after.slice(start, after.length - end);
  if (!one.length && !other.length) return [];
  const pairs = commonPairs(one, other) ?? [];
  const found = [];
  let x = 0;
  let y = 0;
  for (const [px, py] of [...pairs, [one.length, other.length]]) {
    if (px > x || py > y) found.push({ first: start + x, last: start + px, from: start + y, to: start + py });
    x = px + 1;
    y = py + 1;
  }
  return found;
}

const MOST_DIFFERENCES = 1000;

/** Positions of lines that stay, in order; null if there are too many differences to look for them. */
function commonPairs(one, other) {
  const traces = [];
  let furthest = new Map([[1, 0]]);
  for (let d = 0; d <= Math.min(one.length + other.length, MOST_DIFFERENCES); d++) {
    traces.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
      let x = down ? furthest.get(k + 1) ?? 0 : (furthest.get(k - 1) ?? 0) + 1;
      let y = x - k;
      while (x < one.length && y < other.length && one[x] === other[y]) { x++; y++; }
      furthest.set(k, x);
      if (x >= one.length && y >= other.length) return walkBack(traces, d, one.length, other.length);
    }
  }
  return null;
}

function walkBack(traces, depth, x, y) {
  const pairs = [];
  for (let d = depth; d > 0; d--) {
    const furthest = traces[d];
    const k = x - y;
    const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
    const previousK = down ? k + 1 : k - 1;
    const px = furthest.get(previousK) ?? 0;
    const py = px - previousK;
    while (x > px && y > py && x > 0 && y > 0) pairs.push([--x, --y]);
    x = px;
    y = py;
  }
  while (x > 0 && y > 0) pairs.push([--x, --y]);
  return pairs.reverse();
}

/** The change that writes the word at a place together with the one before it; null if a mark or nothing is before it. */
export function joinWords(doc, pos) {
  const line = doc.lineAt(pos);
  const before = line.text.slice(0, pos - line.from).replace(/\S+$/, "");
  const first = before.trimEnd();
  const letter = line.text[before.length];
  if (!/[\p{L}\p{M}]$/u.test(first) || !/\p{L}/u.test(letter ?? "")) return null;
  return [{ from: line.from + first.length, to: line.from + before.length + 1, insert: letter.toLowerCase() }];
}
