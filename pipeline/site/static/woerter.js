// How words are compared, for both searches; the same as pipeline/site/words.py. It is put in front of podcast.js and of
// suche.js, so that a page loads one script.
const podcastWords = (function () {
  "use strict";
  const letters = {
    "ß": "ss", "ø": "ö", "æ": "ä", "œ": "ö", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i", "ς": "σ",
    "\u00ad": ""
  };
  const known = [new Map(), new Map()];

  // Ø and Æ as ö and ä, ß as ss.
  function spelled(text) { return text.replace(/[ßøæœłđðþħŧıς\u00ad]/g, function (sign) { return letters[sign]; }); }

  // ä, ö, ü as two letters, or as one if `plain`.
  function spell(text, plain) {
    return text.replace(/[äöü]/g, function (sign) { return "aou"["äöü".indexOf(sign)] + (plain ? "" : "e"); });
  }

  // A letter with its accents in the form to compare.
  function simple(cluster, plain) {
    const cache = known[plain ? 1 : 0];
    if (!cache.has(cluster)) {
      const parts = spelled(spelled(cluster.normalize("NFKC").toLowerCase()).normalize("NFD")).normalize("NFD");
      const kept = parts.replace(/([aou])\u0308|\p{M}/gu, function (_, vowel) { return vowel ? "äöü"["aou".indexOf(vowel)] : ""; });
      cache.set(cluster, spell(kept, plain));
    }
    return cache.get(cluster);
  }

  // Whether two words are one: Hörer*innen, Hörer:innen, Hörer_innen, Hörer/-innen.
  function isOne(before, gap, after) {
    if (gap === "/" || gap === "/-") return /\p{L}$/u.test(before) && after.startsWith("innen");
    return (gap === "*" || gap === ":" || gap === "_") && /\p{L}$/u.test(before) && /^\p{L}/u.test(after);
  }

  // The words of a text in the form to compare, separated by spaces, and where each of their signs stood (one more
  // for the end).
  function spread(text, plain) {
    let small = "";
    const places = [];
    for (const found of text.matchAll(/\P{M}\p{M}*|\p{M}+/gu)) {
      const signs = simple(found[0], plain);
      for (let i = 0; i < signs.length; i++) places.push(found.index);
      small += signs;
    }
    places.push(text.length);
    let folded = "", end = 0, last = "";
    const from = [];
    for (const found of small.matchAll(/[\p{L}\p{N}]+/gu)) {
      if (folded && !isOne(last, small.slice(end, found.index), found[0])) {
        folded += " ";
        from.push(places[end]);
      }
      last = found[0];
      folded += last;
      end = found.index + last.length;
      for (let i = found.index; i < end; i++) from.push(places[i]);
    }
    from.push(places[end]);
    return { text: folded, from: from };
  }
  function fold(text, plain) { return spread(text, plain).text; }
  return { fold: fold, spell: spell, spread: spread };
})();
