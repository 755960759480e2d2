// The search over all episodes. Everything is read from classic scripts beside the page, so that it works from a disk,
// too: which episodes hold a word (suche/0.js …), then their sentences (folgen/…/suche.js). How they are made, and the
// same `shardOf`: pipeline/site/search.py.
(function () {
  "use strict";
  const EPISODES = 3; // whose sentences are loaded at once: each is some 20 KB
  const LOOKUPS = 3; // units looked up; the others are only looked for in the sentences
  const SENTENCES = 5; // shown of an episode at first
  const DIRECT = 5; // people, topics and numbers shown, of each kind
  const TITLE = 5, TOPIC = 5, SUMMARY = 2; // what a word weighs there; said, it weighs 1, often, 2
  const SAID = 8;
  const PLACES = "!#$%&'()*+,./:;<=>?@[]^{";
  const ROOMS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
  const fold = podcastWords.fold;

  const form = document.getElementById("suchen");
  const field = document.getElementById("suchwort");
  const status = document.getElementById("suchstand");
  const meant = document.getElementById("meinten");
  const directly = document.getElementById("direkt");
  const list = document.getElementById("treffer");
  const more = document.getElementById("weitere");
  const arrived = {}, loading = {};
  const current = { search: 0, asked: "", meant: "", directory: null }; // the search whose results are wanted

  window.podcastSearch = {
    directory: function (value) {
      value.common = new Set(value.common.split(" "));
      arrived["verzeichnis.js"] = value;
    },
    shard: function (number, rows) { arrived[number + ".js"] = rows; },
    episode: function (folder, value) {
      let second = 0;
      value.sentences = value.turns.flatMap(function (turn) { // each as [person, second, text]
        const found = [];
        for (let i = 1; i < turn.length; i += 2) found.push([turn[0], second += turn[i], turn[i + 1]]);
        return found;
      });
      arrived[sentencesOf(folder)] = value;
    }
  };

  function sentencesOf(folder) {
    return "../folgen/" + encodeURIComponent(folder) + "/suche.js";
  }

  function load(address) {
    if (!loading[address]) {
      loading[address] = new Promise(function (done, fail) {
        var script = document.createElement("script");
        script.src = address;
        script.onload = function () { done(arrived[address]); };
        script.onerror = function () {
          delete loading[address];
          fail(new Error(address));
        };
        document.head.append(script);
      });
    }
    return loading[address];
  }

  // --- what is asked -----------------------------------------------------------------------------------------------

  const STOP_WORDS = new Set((
    "aber alle als also am an auch auf aus bei bin bis da das dass dem den der des die dies diese doch du durch ein eine " +
    "einem einen einer es fuer gibt hat ich ihr im in ist kann man mit nach nicht noch nur oder ob sich sie sind so ueber " +
    "um und uns vom von vor war warum was wenn wer wie wir wird wo zu zum zur"
  ).split(" "));

  // The query as units that an episode must hold: { words, exact, quoted }. A unit of several words stands together:
  // quoted, joined by a sign ("IT-Sicherheit"), or with a number ("Industrie 4.0", "31. Mai").
  function unitsOf(asked) {
    const units = [];
    let ordinal = false;
    for (const found of asked.matchAll(/["„“”»«]([^"„“”»«]*)["„“”»«]|([^\s"„“”»«]+)/g)) {
      const words = fold(found[1] || found[2] || "").split(" ").filter(Boolean);
      if (!words.length) continue;
      const last = units[units.length - 1], isNumber = !found[1] && words.every((word) => /^\d+$/.test(word));
      const joins = last && !last.quoted && (ordinal || isNumber && !/^\d+$/.test(last.words[0]) && !isStop(last));
      if (joins && !found[1]) last.words.push(...words);
      else units.push({ words: words, quoted: Boolean(found[1]) && words.length > 1 });
      ordinal = isNumber && !joins && /\d\.$/.test(found[2]);
    }
    const content = units.filter((unit) => !isStop(unit) && (unit.words.length > 1 || /..|\d/u.test(unit.words[0])));
    return content.length ? content : units.filter((unit) => unit.words.join("").length > 1);
  }
  function isStop(unit) { return unit.words.length === 1 && STOP_WORDS.has(unit.words[0]); }
  function single(word) { return { words: [word], quoted: false }; }

  // --- episodes that hold it ---------------------------------------------------------------------------------------

  function shardOf(key, count) {
    var value = 0x811c9dc5;
    for (var sign of key) value = Math.imul(value ^ sign.codePointAt(0), 0x01000193) >>> 0;
    return ((value ^ value >>> 16) >>> 0) % count;
  }

  // The shortest gram from `start` that is not too common, "" if there is none.
  function gramAt(signs, start, directory) {
    for (let end = start + 3; end <= signs.length; end++) {
      const gram = signs.slice(start, end).join("");
      if (!directory.common.has(gram)) return gram;
    }
    return "";
  }
  function gramsOf(term, directory) {
    const signs = Array.from(term);
    return signs.map((_, start) => gramAt(signs, start, directory)).filter(Boolean);
  }

  function rowsOf(key, directory) {
    return load(shardOf(key, directory.shards) + ".js").then((text) => text ? text.split("\n") : []);
  }

  // Calls `visit(number, place)` for every episode of a row; see `_PLACES` in search.py.
  function eachEpisode(parts, visit) {
    parts.slice(1).forEach(function (steps) {
      const place = PLACES.indexOf(steps[0]);
      let number = -1;
      for (const sign of place < 0 ? steps : steps.slice(1)) {
        if (sign === "_") number += ROOMS.length;
        else visit(number += ROOMS.indexOf(sign) + 1, place < 0 ? SAID : place);
      }
    });
  }
  function weight(place) {
    return (place & 1 ? TITLE : 0) + (place & 2 ? TOPIC : 0) + (place & 4 ? SUMMARY : 0) + (place >> 3);
  }

  // How well a word of the index fits what was typed: 1 as a whole, less as its beginning or inside of it; 0 not at all.
  function fit(word, term, whole) {
    let best = 0;
    [podcastWords.spell(word), podcastWords.spell(word, true)].forEach(function (spelled, plain) {
      const at = spelled === term ? 1 : whole ? 0 : spelled.startsWith(term) ? 0.8 : spelled.includes(term) ? 0.6 : 0;
      best = Math.max(best, plain ? 0.95 * at : at);
    });
    return best;
  }

  // Episode → { score, title } of a word.
  function episodesWith(term, directory) {
    const gram = gramsOf(term, directory)[0], found = new Map();
    return rowsOf(gram || "=" + term, directory).then(function (rows) {
      // Letters that very many words contain: any episode may hold them.
      if (!gram && term.length > 2) directory.episodes.forEach((_, number) => found.set(number, { score: 0.6, title: 0 }));
      rows.forEach(function (row) {
        const parts = row.split(" ");
        const fits = parts[0].includes("+") ? 0 : fit(parts[0], term, !gram);
        if (!fits) return;
        eachEpisode(parts, function (number, place) {
          const before = found.get(number), score = fits * weight(place);
          if (!before || before.score < score) found.set(number, { score: score, title: place & 1 ? fits : 0 });
        });
      });
      return found;
    });
  }

  // The same of two words that a sign or a number joins.
  function episodesWithPair(pair, directory) {
    return rowsOf("=" + pair, directory).then(function (rows) {
      const found = new Map();
      rows.filter((row) => row.startsWith(pair + " ")).forEach(function (row) {
        eachEpisode(row.split(" "), (number, place) => found.set(number, { score: weight(place), title: place & 1 }));
      });
      return found;
    });
  }

  // Episodes that are in all maps, with the sum of what they have there; as one unit they have as much as its weakest part.
  function inAll(maps, asOne) {
    const found = new Map();
    (maps[0] || new Map()).forEach(function (_, number) {
      const entries = maps.map((map) => map.get(number));
      if (!entries.every(Boolean)) return;
      const values = (name) => entries.map((entry) => entry[name]);
      const sum = (numbers) => numbers.reduce((before, value) => before + value, 0);
      const total = (name) => asOne ? Math.min(...values(name)) * (name === "score" ? entries.length : 1) : sum(values(name));
      found.set(number, { score: total("score"), title: total("title") });
    });
    return found;
  }

  function episodesWithUnit(unit, directory) {
    const words = unit.words;
    if (words.length === 1) return episodesWith(words[0], directory);
    if (!unit.quoted) {
      const pairs = words.slice(1).map((word, i) => words[i] + "+" + word);
      return Promise.all(pairs.map((pair) => episodesWithPair(pair, directory))).then((maps) => inAll(maps, true));
    }
    const content = words.filter((word) => !STOP_WORDS.has(word)), asked = longest(content.length ? content : words);
    return Promise.all(asked.map((word) => episodesWith(word, directory))).then((maps) => inAll(maps, true));
  }
  function longest(words) { return words.slice().sort((a, b) => b.length - a.length).slice(0, LOOKUPS); }

  // Best first: { units, order: numbers of episodes, sure: whether all of them hold the units, empty: units without any }.
  // What is in the title comes first among equals, then the newest.
  function candidates(units, directory) {
    const asked = units.slice().sort((a, b) => b.words.join("").length - a.words.join("").length).slice(0, LOOKUPS);
    return Promise.all(asked.map((unit) => episodesWithUnit(unit, directory))).then(function (maps) {
      const found = inAll(maps, false), numbers = Array.from(found.keys());
      const order = (name) => (a, b) => found.get(b)[name] - found.get(a)[name];
      numbers.sort((a, b) => order("score")(a, b) || order("title")(a, b) || b - a);
      const open = units.some((unit) => unit.quoted || unit.words.length === 1 && unit.words[0].length > 2 && !gramsOf(unit.words[0], directory).length);
      return {
        units: units, order: numbers, maps: maps, asked: asked, empty: asked.filter((_, i) => !maps[i].size),
        sure: !open && asked.length === units.length
      };
    });
  }

  // --- nothing found -----------------------------------------------------------------------------------------------

  // Whether one letter more, less, other, or two exchanged make one word of the other.
  function oneEdit(a, b) {
    if (Math.abs(a.length - b.length) > 1 || a === b) return false;
    let from = 0, end = 0;
    while (from < a.length && a[from] === b[from]) from++;
    while (end < Math.min(a.length, b.length) - from && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    const left = a.slice(from, a.length - end), other = b.slice(from, b.length - end);
    return left.length < 2 && other.length < 2 || left.length === 2 && left[0] === other[1] && left[1] === other[0];
  }

  // The word in most episodes that is one edit away; "" if there is none. One edit leaves some grams as they are.
  function similar(term, directory) {
    const grams = gramsOf(term, directory);
    if (term.length < 4 || /\d/.test(term) || !grams.length) return Promise.resolve("");
    const asked = [0, 1 / 3, 2 / 3, 1].map((part) => grams[Math.round(part * (grams.length - 1))]);
    return Promise.all(Array.from(new Set(asked)).map((gram) => rowsOf(gram, directory))).then(function (shards) {
      let best = "", most = 0;
      new Set(shards.flat()).forEach(function (row) {
        const parts = row.split(" ");
        const word = [false, true].map((plain) => podcastWords.spell(parts[0], plain)).find((word) => oneEdit(term, word));
        if (!word || word.includes("+")) return;
        let times = 0;
        eachEpisode(parts, (_, place) => { times += weight(place); });
        if (times > most) { most = times; best = word; }
      });
      return best;
    });
  }

  function corrected(units, empty, directory) {
    return Promise.all(units.map(function (unit) {
      if (!empty.includes(unit) || unit.words.length > 1) return unit;
      return similar(unit.words[0], directory).then((word) => word ? single(word) : null);
    })).then((found) => found.every(Boolean) && found.some((unit, i) => unit !== units[i]) ? found : null);
  }

  // The episodes that hold most of the units, if none holds all.
  function most(found) {
    const scores = new Map();
    found.maps.forEach((map) => map.forEach(function (entry, number) {
      const before = scores.get(number) || { units: 0, score: 0 };
      scores.set(number, { units: before.units + 1, score: before.score + entry.score });
    }));
    const by = (name) => (a, b) => scores.get(b)[name] - scores.get(a)[name];
    const order = Array.from(scores.keys()).sort((a, b) => by("units")(a, b) || by("score")(a, b) || b - a);
    return { units: found.units, order: order, partly: true, sure: true };
  }

  async function search(units, directory) {
    let found = await candidates(units, directory);
    found.direct = direct(units, directory);
    if (found.order.length || found.direct.length) return found;
    if (units.some((unit) => unit.words.length > 1 && !unit.quoted)) { // not together, then perhaps apart
      const apart = units.flatMap((unit) => unit.quoted ? [unit] : unit.words.map(single));
      const useful = apart.filter((unit) => !isStop(unit));
      found = await candidates(useful.length ? useful : apart, directory);
      if (found.order.length) return Object.assign(found, { direct: [] });
    }
    const other = await corrected(found.units, found.empty, directory);
    if (other) {
      const better = await candidates(other, directory);
      better.direct = direct(other, directory);
      if (better.order.length || better.direct.length) return Object.assign(better, { meant: other });
    }
    return Object.assign(found.units.length > 1 && !found.units.some((unit) => unit.quoted) ? most(found) : found, { direct: [] });
  }

  // --- people, topics and episodes by their number -----------------------------------------------------------------

  // { kind, text, address } of those that the query names.
  function direct(units, directory) {
    const asked = units.flatMap((unit) => unit.words).join(" ");
    const numbered = asked.replace(/^(?:episode|nr|nummer|ausgabe|folge nr|folge nummer) (?=\d)/, "folge ").replace(/\b0+(?=\d)/g, "");
    const episodes = directory.episodes.filter(function (entry) {
      return (" " + fold(entry[2])).endsWith(" " + numbered);
    }).map((entry) => ({ kind: entry[2], text: entry[1], address: "../folgen/" + encodeURIComponent(entry[0]) + "/index.html" }));
    const people = named(directory.people, units).map((entry) => ({ kind: "Person", text: entry[1], address: "../personen/" + entry[0] + "/index.html" }));
    const topics = named(directory.topics, units).map((entry) => ({ kind: "Thema", text: entry[1], address: "../themen/" + entry[0] + "/index.html" }));
    return [].concat(episodes.reverse().slice(0, DIRECT), people.slice(0, DIRECT), topics.slice(0, DIRECT));
  }

  // The entries whose name holds every unit, at least as the beginning of a word, or is wholly among the words of the
  // query; those with whole words first.
  function named(entries, units) {
    const single = new Set(units.filter((unit) => unit.words.length === 1).map((unit) => unit.words[0]));
    const ranked = entries.map(function (entry) {
      const names = entry.slice(1).flatMap((name) => [fold(name), fold(name, true)]);
      return [Math.max(...names.map(function (name) {
        if (!name) return 0;
        const holds = (end) => units.every((unit) => (" " + name + " ").includes(" " + unit.words.join(" ") + end(unit)));
        if (holds(() => " ") || name.split(" ").every((word) => single.has(word))) return 2;
        return holds((unit) => unit.words.join("").length < 3 ? " " : "") ? 1 : 0;
      })), entry];
    });
    return ranked.filter((found) => found[0]).sort((a, b) => b[0] - a[0]).map((found) => found[1]);
  }

  // --- sentences ---------------------------------------------------------------------------------------------------

  function holds(text, unit) {
    const sought = unit.words.join(" ");
    return [fold(text), fold(text, true)].some(function (folded) {
      return unit.words.length > 1 || sought.length < 3 ? (" " + folded + " ").includes(" " + sought + " ") : folded.includes(sought);
    });
  }

  // The places of the sentences that hold the most units; null when the episode as a whole does not hold them all.
  function hitsIn(entry, found) {
    const seen = new Set(), texts = [entry.title, entry.summary].concat(entry.topics, entry.people);
    texts.forEach((text) => found.units.forEach((unit) => { if (holds(text, unit)) seen.add(unit); }));
    let most = 1, hits = [];
    entry.sentences.forEach(function (sentence, place) {
      const held = found.units.filter((unit) => holds(sentence[2], unit));
      held.forEach((unit) => seen.add(unit));
      if (held.length > most) hits = [];
      most = Math.max(most, held.length);
      if (held.length === most) hits.push(place);
    });
    return found.partly || seen.size === found.units.length ? hits : null;
  }

  // --- what is seen ------------------------------------------------------------------------------------------------

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function clock(seconds) {
    var parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    if (!parts[0]) parts.shift();
    return parts.map(function (part, i) {
      return i || parts.length === 2 ? String(part).padStart(2, "0") : part;
    }).join(":");
  }

  // The text with every word marked that belongs to a unit of the query.
  function marked(target, text, units) {
    const held = units.filter((unit) => holds(text, unit));
    text.split(/(\s+)/).forEach(function (word) {
      const folded = [fold(word), fold(word, true)];
      const hit = folded[0] && held.some((unit) => unit.words.length === 1
        ? holds(word, unit)
        : folded.some((spelled) => spelled.split(" ").every((part) => unit.words.includes(part))));
      target.append(hit ? element("mark", "", word) : word);
    });
    return target;
  }

  // A sentence with the one before and the one after it; only the time and the name are the link's text, all of it is
  // the link's area.
  function shownSentence(entry, place, hits, page, units) {
    const sentence = entry.sentences[place];
    const item = element("li"), link = element("a"), text = element("p");
    link.href = page + "#t=" + clock(sentence[1]);
    link.append(element("span", "time", clock(sentence[1])), " " + entry.people[sentence[0]]);
    const context = function (at) {
      return at in entry.sentences && !hits.includes(at) ? element("span", "beside", entry.sentences[at][2]) : "";
    };
    text.append(context(place - 1), " ", marked(element("span"), sentence[2], units), " ", context(place + 1));
    item.append(link, text);
    return item;
  }

  function shownEpisode(folder, entry, hits, units) {
    const item = element("li", "episode"), heading = element("h2"), link = element("a"), sentences = element("ol");
    const page = "../folgen/" + encodeURIComponent(folder) + "/index.html";
    sentences.setAttribute("role", "list"); // WebKit drops the role of lists without marks
    link.href = page;
    heading.append(marked(link, entry.title, units));
    item.append(heading, marked(element("p", "meta"), entry.about + " · mit " + entry.people.join(", "), units));
    if (!hits.length) item.append(marked(element("p"), entry.summary, units));
    hits.slice(0, SENTENCES).forEach((hit) => sentences.append(shownSentence(entry, hit, hits, page, units)));
    if (hits.length) item.append(sentences);
    if (hits.length > SENTENCES) item.append(allButton(sentences, entry, hits, page, units));
    return item;
  }

  function allButton(sentences, entry, hits, page, units) {
    const button = element("button", "", "Alle " + hits.length + " Stellen dieser Folge zeigen");
    button.type = "button";
    button.addEventListener("click", function () {
      hits.slice(SENTENCES).forEach((hit) => sentences.append(shownSentence(entry, hit, hits, page, units)));
      sentences.children[SENTENCES].querySelector("a").focus();
      button.remove();
    });
    return button;
  }

  function showDirect(found) {
    found.direct.forEach(function (entry) {
      const item = element("li"), link = element("a", "", entry.text);
      link.href = entry.address;
      item.append(element("span", "kind", entry.kind), " ", link);
      directly.append(item);
    });
  }

  // The correction as a link, spelled as the first episode spells it.
  function showMeant(found, entry) {
    if (!found.meant || meant.childElementCount) return;
    const said = (entry ? [entry.title].concat(entry.topics, entry.people, entry.sentences.map((sentence) => sentence[2])) : [])
      .concat(found.direct.map((hit) => hit.text)).join(" ").match(/[\p{L}\p{N}]+/gu) || [];
    const text = found.meant.map(function (unit) {
      const word = unit.words.join(" ");
      return said.find((other) => fold(other) === word || fold(other, true) === word) || word;
    }).join(" ");
    const link = element("a", "", text);
    link.href = "#q=" + encodeURIComponent(text);
    current.meant = text;
    meant.append("Meinten Sie „", link, "“?");
  }

  // Shows the next episodes that really hold the units; the others are asked for with the button. The first one is shown
  // as soon as it is loaded.
  async function show(found, from, shown, mine) {
    const focus = from > 0, numbers = found.order;
    let first = null, place = from;
    const wanted = from ? EPISODES : 1;
    async function batch(size) {
      const next = numbers.slice(place, place + size).map((number) => current.directory.episodes[number][0]);
      place += next.length;
      const entries = await Promise.all(next.map((folder) => load(sentencesOf(folder))));
      if (mine !== current.search) return;
      entries.forEach(function (entry, i) {
        const hits = hitsIn(entry, found);
        if (!hits) return;
        showMeant(found, entry);
        const item = shownEpisode(next[i], entry, hits, found.units);
        first = first || item;
        shown += 1;
        list.append(item);
      });
    }
    if (!from) showDirect(found);
    const limit = from + (found.sure ? EPISODES : 4 * EPISODES); // looked into at once
    await batch(wanted);
    if (mine !== current.search) return;
    if (shown || place >= numbers.length) {
      showMeant(found, null);
      tell(found, shown, numbers.length - place);
    }
    while (place < numbers.length && place < limit && (found.sure ? place < from + EPISODES : shown < from + EPISODES)) {
      await batch(Math.min(EPISODES, numbers.length - place, found.sure ? from + EPISODES - place : EPISODES));
      if (mine !== current.search) return;
    }
    const left = numbers.length - place;
    more.hidden = left <= 0;
    more.textContent = (found.sure ? "Weitere Folgen zeigen (" : "Weitere Folgen durchsuchen (") + left + ")";
    more.onclick = function () { run(() => show(found, place, shown, mine), mine); };
    tell(found, shown, left);
    if (focus && first) first.querySelector("a").focus();
  }

  // Totals are those of all episodes, except where only the sentences tell whether words stand together.
  function tell(found, shown, left) {
    const total = found.sure ? found.order.length : shown, open = !found.sure && left > 0;
    const episodes = total === 1 ? "1 Folge" : total + " Folgen";
    let text = "";
    const instead = found.meant ? " zu „" + current.meant + "“" : "";
    if (found.meant) text = "Nichts gefunden zu „" + current.asked + "“. ";
    if (found.partly) text = "Keine Folge enthält alle Wörter. ";
    if (total) text += (found.partly ? "Einige davon stehen in " : "Gefunden" + instead + " in ") + episodes + (open ? "; weitere sind möglich." : ".");
    else if (open) text += "Hier noch nichts gefunden; weitere Folgen sind möglich.";
    else if (found.direct.length) text += "Gefunden" + instead + ": " + (found.direct.length === 1 ? "1 Seite." : found.direct.length + " Seiten.");
    else text = "Nichts gefunden.";
    if (status.textContent !== text) status.textContent = text;
  }

  function run(work, mine) {
    return work().catch(function () {
      if (mine === current.search) status.textContent = "Ein Teil der Suche ließ sich nicht laden. Bitte später noch einmal versuchen.";
    });
  }

  function start(asked) {
    const mine = ++current.search, units = unitsOf(asked);
    current.asked = asked.trim();
    history.replaceState(null, "", asked.trim() ? "#q=" + encodeURIComponent(asked.trim()) : location.pathname + location.search);
    more.hidden = true;
    [list, directly, meant].forEach((part) => part.replaceChildren());
    status.textContent = units.length ? "Es wird gesucht …" : asked.trim() ? "Bitte mindestens zwei Buchstaben eingeben." : "";
    if (!units.length) return;
    run(async function () {
      const directory = current.directory = await load("verzeichnis.js");
      const found = await search(units, directory);
      if (mine === current.search) await show(found, 0, 0, mine);
    }, mine);
  }

  let pause;
  field.addEventListener("input", function () {
    clearTimeout(pause);
    pause = setTimeout(function () { start(field.value); }, 400);
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    clearTimeout(pause);
    start(field.value);
  });

  function fromAddress() {
    var asked = /^#q=(.*)/.exec(location.hash);
    if (!asked) return;
    try { field.value = decodeURIComponent(asked[1]); } catch (error) { field.value = asked[1]; }
    start(field.value);
  }
  document.getElementById("ohne-skript").hidden = true;
  form.hidden = false;
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
