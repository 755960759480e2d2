// Which word may be meant: the words of the text, of the show and its names, by what was typed and what it replaces.

const WORD = /\p{L}[\p{L}\p{M}]*(?:[-'’]\p{L}+)*/gu;
const LEAST_SAVED = 2;  // letters that a proposal saves while one types freely
const LEAST_TYPED = 3;  // with fewer letters only what is nearly certain
const CERTAIN = { typed: 2, saved: 4, share: 0.4, count: 3 };  // of all words that begin so, and how often it was used
const SLICE_MS = 4;  // counting stops so often to let a key through
const BETWEEN_MS = 16;
const WORDS_A_LOOK = 100;  // words between two looks at the clock
const NEAR = 0.42;  // the largest distance of a proposal before anything is typed, as a share of the word's letters
const ALIKE = ["bp", "dt", "gkcq", "fvw", "szßc", "mn", "iyj", "eä", "uü", "oö", "lr"];  // letters that sound alike in German
const VOWEL = /[aeiouyäöü]/i;

// What it costs to hear one letter for another, by their codes; letters beyond the table sound like no other.
const CODES = 384;
const changes = new Float32Array(CODES * CODES).fill(1);
const vowels = [..."aeiouyäöü"];
for (const a of vowels) for (const b of vowels) changes[a.charCodeAt(0) * CODES + b.charCodeAt(0)] = 0.7;
for (const group of ALIKE) for (const a of group) for (const b of group) changes[a.charCodeAt(0) * CODES + b.charCodeAt(0)] = 0.4;
const LONGEST = 200;
const H = "h".charCodeAt(0);  // is hardly heard
const rows = [new Float64Array(LONGEST + 1), new Float64Array(LONGEST + 1)];

export class Vocabulary {
  constructor() {
    this.show = new Map();
    this.text = new Map();
    this.sorted = [];
  }

  /** `words`: [{word, count}] of the show. */
  setShow(words) {
    this.show = new Map(words.map(({ word, count }) => [word, count]));
    this.sort();
  }

  /** Count the words of the text, at once. */
  setText(text) {
    this.counting = null;
    this.text = new Map();
    for (const [word] of text.matchAll(WORD)) this.note(this.text, word);
    this.sort();
  }

  /** Count them again in slices that let keys through (WebKit has no idle callbacks); the last text wins. */
  setTextSoon(text) {
    const counting = { words: text.matchAll(WORD), counts: new Map() };
    this.counting = counting;
    const go = () => setTimeout(() => this.count(counting) || go(), BETWEEN_MS);
    go();
  }

  /** Whether nothing is left to do. */
  count(counting) {
    if (this.counting !== counting) return true;
    const end = performance.now() + SLICE_MS;
    while (performance.now() < end) {
      for (let word = 0; word < WORDS_A_LOOK; word++) {
        const { value, done } = counting.words.next();
        if (done) {
          this.change(counting.counts);
          return true;
        }
        this.note(counting.counts, value[0]);
      }
    }
    return false;
  }

  note(counts, word) {
    if (word.length > 1) counts.set(word, (counts.get(word) ?? 0) + 1);
  }

  /** Take other counts of the text; only what differs is moved. */
  change(counts) {
    const before = this.text;
    this.text = counts;
    for (const word of new Set([...before.keys(), ...counts.keys()])) {
      if ((before.get(word) ?? 0) === (counts.get(word) ?? 0)) continue;
      const count = (counts.get(word) ?? 0) + (this.show.get(word) ?? 0);
      const lower = word.toLowerCase();
      let at = this.firstFrom(lower);
      while (this.sorted[at]?.lower === lower && this.sorted[at].word !== word) at++;
      const isThere = this.sorted[at]?.word === word;
      if (isThere && count) this.sorted[at].count = count;
      else this.sorted.splice(at, isThere ? 1 : 0, ...(count ? [{ word, lower, count }] : []));
    }
  }

  sort() {
    const all = new Map(this.show);
    for (const [word, count] of this.text) all.set(word, (all.get(word) ?? 0) + count);
    this.sorted = [...all].map(([word, count]) => ({ word, lower: word.toLowerCase(), count }));
    this.sorted.sort((a, b) => (a.lower < b.lower ? -1 : a.lower > b.lower ? 1 : 0));
  }

  has(word) {
    return this.text.has(word) || this.show.has(word);
  }

  /** Whether another transcript or a name has the word; one that was only heard counts once and is none. */
  usedElsewhere(word) {
    return (this.show.get(word) ?? 0) > 1;
  }

  /** The words that begin with these letters, whatever their case. */
  beginning(typed) {
    const lower = typed.toLowerCase();
    const first = this.firstFrom(lower);
    let end = first;
    while (end < this.sorted.length && this.sorted[end].lower.startsWith(lower)) end++;
    return this.sorted.slice(first, end);
  }

  firstFrom(lower) {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle].lower < lower) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A word for what is typed where nothing is replaced, or null. */
  completing(typed) {
    if (typed.length < CERTAIN.typed || this.has(typed)) return null;
    const all = this.beginning(typed);
    const worth = (one) => Math.log(1 + one.count) + (one.word.startsWith(typed) ? 1 : 0);
    const found = best(all.filter((one) => one.word.length >= typed.length + LEAST_SAVED), worth);
    if (!found || typed.length >= LEAST_TYPED) return found?.word ?? null;
    const isCertain = found.count >= CERTAIN.count && found.word.length >= typed.length + CERTAIN.saved
      && found.count >= CERTAIN.share * all.reduce((sum, one) => sum + one.count, 0);
    return isCertain ? found.word : null;
  }

  /** A word that may replace `wrong`, of which `typed` is typed already, or null. */
  replacing(wrong, typed) {
    if (typed && typed !== wrong && this.has(typed)) return null;
    const lower = wrong.toLowerCase();
    const found = typed ? this.beginning(typed) : this.sorted;
    const most = typed ? Infinity : Math.max(1, NEAR * lower.length);
    let chosen = null;
    let least = Infinity;
    for (const one of found) {
      if (one.word === wrong || one.word === typed || (!typed && Math.abs(one.lower.length - lower.length) > most)) continue;
      const worth = 0.25 * Math.log(1 + one.count);
      const limit = Math.min(most, least + worth);  // farther away it is not the best
      const far = distance(lower, one.lower, limit);
      if (far > limit) continue;
      const score = far - worth + (typed && !one.word.startsWith(typed) ? 0.5 : 0)
        + (isCapital(one.word) === isCapital(wrong) ? 0 : 0.6);
      if (score < least) [chosen, least] = [one.word, score];
    }
    if (!typed) return chosen;
    const mended = continued(wrong, typed);
    if (mended && (!chosen || least > 1.2)) return mended;
    return chosen;
  }
}

function isCapital(word) {
  return word[0] !== word[0].toLowerCase();
}

function best(list, worth) {
  return list.reduce((top, one) => (top === null || worth(one) > worth(top) ? one : top), null);
}

/** The rest of the wrong word behind what is typed: its letters up to the mistake, and one letter that mends it. */
function continued(wrong, typed) {
  const lower = wrong.toLowerCase();
  let same = 0;
  while (same < typed.length && same < wrong.length && typed[same].toLowerCase() === lower[same]) same++;
  if (same !== typed.length - 1 || same === 0) return null;
  const next = wrong[same];
  if (!next) return null;
  const isInserted = VOWEL.test(typed[same]) !== VOWEL.test(next);
  return typed + wrong.slice(isInserted ? same : same + 1);
}

/** How far two words sound apart: letters to change, those that sound alike count less, so does an ending. Infinity beyond `most`. */
export function distance(one, other, most = Infinity) {
  const width = other.length;
  if (Math.max(one.length, width) > LONGEST) return Infinity;
  let [before, now] = rows;
  for (let column = 0; column <= width; column++) before[column] = 0.8 * column;
  for (let row = 1; row <= one.length; row++) {
    const a = one.charCodeAt(row - 1);
    const gone = a === H || (row > 1 && a === one.charCodeAt(row - 2)) || row === one.length ? 0.5 : 0.8;
    let nearest = now[0] = 0.8 * row;
    for (let column = 1; column <= width; column++) {
      const b = other.charCodeAt(column - 1);
      const change = a === b ? 0 : a < CODES && b < CODES ? changes[a * CODES + b] : 1;
      const come = b === H || (column > 1 && b === other.charCodeAt(column - 2)) || column === width ? 0.5 : 0.8;
      const cost = Math.min(before[column - 1] + change, before[column] + gone, now[column - 1] + come);
      now[column] = cost;
      if (cost < nearest) nearest = cost;
    }
    if (nearest > most) return Infinity;
    [before, now] = [now, before];
  }
  return before[width];
}
