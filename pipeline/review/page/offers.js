// The same word corrected twice: offers to correct the rest as well.

const WORD = /[\p{L}\p{N}]/u;
const TWICE = 2;
const AT_ONCE = { letters: 6, places: 3 };  // a long word that stands so often still is offered after the first correction

export class Offers {
  /** `page`: {doc(), show(offer or null), known(word)}: whether the show uses a word elsewhere. */
  constructor(page) {
    this.page = page;
    this.counts = new Map();
    this.pending = new Map();  // line of the older text → that line before the typing began
    this.current = null;
    this.timer = 0;
  }

  /** Note the lines that a person changes by typing; they are compared when the typing stops. */
  changed(update) {
    const typed = update.transactions.some((one) => one.isUserEvent("input") || one.isUserEvent("delete"));
    const byKey = update.transactions.some((one) => one.isUserEvent("input.review"));
    if (!typed || byKey || update.startState.doc.lines !== update.state.doc.lines) {
      this.compare(update.startState.doc);  // lines get other numbers: what was typed before counts now
      return;
    }
    update.changes.iterChangedRanges((fromA) => {
      const line = update.startState.doc.lineAt(fromA);
      if (!this.pending.has(line.number)) this.pending.set(line.number, line.text);
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.compare(), 600);
  }

  compare(doc = this.page.doc()) {
    clearTimeout(this.timer);
    for (const [number, before] of this.pending) {
      const pair = number <= doc.lines ? correction(before, doc.line(number).text) : null;
      if (!pair) continue;
      const key = pair.join("\n");
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      const [wrong, right] = pair;
      const rest = occurrences(this.page.doc(), wrong);
      const isFrequent = wrong.length >= AT_ONCE.letters && rest.length >= AT_ONCE.places && !this.page.known(wrong);
      if (rest.length && (isFrequent || this.counts.get(key) >= TWICE)) {
        this.current = { wrong, right, rest };
        this.page.show(this.current);
      }
    }
    this.pending.clear();
  }

  dismiss() {
    if (this.current) this.counts.set([this.current.wrong, this.current.right].join("\n"), -Infinity);
    this.take();
  }

  take() {
    if (this.current) this.current.rest = occurrences(this.page.doc(), this.current.wrong);
    this.current = null;
    this.page.show(null);
  }
}

/** The words that were replaced, and by what, if at most four words changed in one place of the line; else null. */
export function correction(before, after) {
  const a = before.trim().split(/\s+/);
  const b = after.trim().split(/\s+/);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const wrong = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  if (!wrong.length || !right.length || wrong.length > 4 || right.length > 4) return null;
  const strip = (text) => text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
  const pair = [strip(wrong.join(" ")), strip(right.join(" "))];
  return pair[0].length > 1 && pair[1] && pair[0] !== pair[1] ? pair : null;
}

/** Places of these words in the text, as whole words. */
export function occurrences(doc, text, { whole = true, caseless = false } = {}) {
  const found = [];
  if (!text) return found;
  const haystack = doc.toString();
  const all = caseless ? haystack.toLowerCase() : haystack;
  const needle = caseless ? text.toLowerCase() : text;
  for (let at = all.indexOf(needle); at >= 0; at = all.indexOf(needle, at + needle.length)) {
    const to = at + needle.length;
    if (whole && (WORD.test(haystack[at - 1] ?? " ") || WORD.test(haystack[to] ?? " "))) continue;
    found.push({ from: at, to });
  }
  return found;
}
