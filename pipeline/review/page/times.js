// When each word is heard, kept in step with the text while it is edited.

/** Words in time order: their places in the text (UTF-16), their times in milliseconds. */
export class Times {
  constructor(flat) {
    const count = flat.length / 5;
    this.from = new Int32Array(count);
    this.to = new Int32Array(count);
    this.start = new Int32Array(count);
    this.end = new Int32Array(count);
    this.flags = new Uint8Array(count);
    for (let index = 0; index < count; index++) {
      this.from[index] = flat[5 * index];
      this.to[index] = flat[5 * index + 1];
      this.start[index] = flat[5 * index + 2];
      this.end[index] = flat[5 * index + 3];
      this.flags[index] = flat[5 * index + 4];
    }
  }

  get length() {
    return this.from.length;
  }

  /** Move the places by a change of the text; words that it replaces keep their times and share its place. */
  map(changes) {
    const spans = [];
    changes.iterChangedRanges((fromA, toA, fromB, toB) => spans.push([fromA, toA, fromB, toB]), true);
    if (!spans.length) return;
    for (const places of [this.from, this.to]) {
      let next = 0;
      let shift = 0;
      let index = firstAtLeast(places, spans[0][0]);
      for (; index < places.length; index++) {
        const place = places[index];
        while (next < spans.length && spans[next][1] <= place) {
          shift = spans[next][3] - spans[next][1];
          next++;
        }
        if (next < spans.length && spans[next][0] < place) {
          places[index] = Math.min(spans[next][2] + (place - spans[next][0]), spans[next][3]);
        } else {
          places[index] = place + shift;
        }
      }
    }
  }

  /** The word at a place of the text: the one around it, or the next one; -1 behind the last. */
  at(pos) {
    const index = firstAtLeast(this.to, pos);
    return index < this.length ? index : -1;
  }

  /** The first word that begins in from..to, -1 if there is none. */
  firstIn(from, to) {
    const index = firstAtLeast(this.from, from);
    return index < this.length && this.from[index] < to ? index : -1;
  }

  /** The word that is heard at a time, or the last one before it; -1 before the first. */
  heard(ms) {
    return firstAtLeast(this.start, ms + 1) - 1;
  }
}

function firstAtLeast(numbers, value) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Milliseconds as people read them: 12:34, or 1:02:03. */
export function clock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600);
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${two(minutes)}:${two(s % 60)}`;
}

/** The intervals together, as few as possible, in order. */
export function union(intervals) {
  const sorted = intervals.map((pair) => pair.slice()).sort((a, b) => a[0] - b[0]);
  const result = [];
  for (const pair of sorted) {
    const last = result[result.length - 1];
    if (last && pair[0] <= last[1] + 500) last[1] = Math.max(last[1], pair[1]);
    else result.push(pair);
  }
  return result;
}
