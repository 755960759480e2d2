// The search over all episodes. Everything is read from classic scripts beside the page, so that it works from a disk,
// too: which episodes hold a word (suche/0.js …), then their sentences (folgen/…/suche.js). How they are made, and the
// same `fold` and `shardOf`: pipeline/publish/search.py.
(function () {
  "use strict";
  var EPISODES = 3; // whose sentences are loaded at once: each is some 20 KB
  var LOOKUPS = 3; // words looked up; the others are only looked for in the sentences
  var SENTENCES = 5; // shown of an episode at first
  var ROOMS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
  var UMLAUTS = { "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "\u00ad": "" };

  var form = document.getElementById("suchen");
  var field = document.getElementById("suchwort");
  var status = document.getElementById("suchstand");
  var list = document.getElementById("treffer");
  var more = document.getElementById("weitere");
  var arrived = {}, loading = {};
  var current = 0; // the number of the search whose results are wanted

  window.podcastSearch = {
    directory: function (value) { arrived["verzeichnis.js"] = value; },
    shard: function (number, rows) { arrived[number + ".js"] = rows; },
    episode: function (folder, value) { arrived[sentencesOf(folder)] = value; }
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

  // --- words -------------------------------------------------------------------------------------------------------

  function fold(text) {
    return (text.normalize("NFKC").toLowerCase()
      .replace(/[äöüß\u00ad]/g, function (sign) { return UMLAUTS[sign]; })
      .normalize("NFD").replace(/\p{M}/gu, "")
      .replace(/(\p{L})[*:_](?=\p{L})/gu, "$1")
      .match(/[\p{L}\p{N}]+/gu) || []).join(" ");
  }

  function shardOf(key, count) {
    var value = 0x811c9dc5;
    for (var sign of key) value = Math.imul(value ^ sign.codePointAt(0), 0x01000193) >>> 0;
    return ((value ^ value >>> 16) >>> 0) % count;
  }

  // The first gram that is not too common; a word without one is filed as a whole.
  function keyOf(term, directory) {
    var signs = Array.from(term);
    for (var start = 0; start + 3 <= signs.length; start++) {
      for (var end = start + 3; end <= signs.length; end++) {
        var key = signs.slice(start, end).join("");
        if (!directory.common.has(key)) return key;
      }
    }
    return "=" + term;
  }

  function numbers(steps) {
    var found = [], number = -1;
    for (var sign of steps) {
      if (sign === "_") number += ROOMS.length;
      else found.push(number += ROOMS.indexOf(sign) + 1);
    }
    return found;
  }

  // Episode → 2 where the term is a word of its own, 1 where it is part of one.
  function episodesWith(term, directory) {
    var key = keyOf(term, directory), found = new Map();
    return load(shardOf(key, directory.shards) + ".js").then(function (rows) {
      var everywhere = key[0] === "=" && Array.from(term).length > 2;
      if (everywhere) directory.episodes.forEach(function (_, number) { found.set(number, 1); });
      rows.split("\n").forEach(function (row) {
        var cut = row.indexOf(" "), word = row.slice(0, cut);
        if (key[0] === "=" ? word !== term : !word.includes(term)) return;
        var weight = word === term ? 2 : 1;
        numbers(row.slice(cut + 1)).forEach(function (number) {
          found.set(number, Math.max(weight, found.get(number) || 0));
        });
      });
      return found;
    });
  }

  // Best first: those with the terms as whole words, then the newest.
  function candidates(terms, directory) {
    var asked = terms.slice().sort(function (a, b) { return b.length - a.length; }).slice(0, LOOKUPS);
    return Promise.all(asked.map(function (term) { return episodesWith(term, directory); })).then(function (maps) {
      var weighed = [];
      maps[0].forEach(function (_, number) {
        if (maps.every(function (map) { return map.has(number); })) {
          var weight = maps.reduce(function (sum, map) { return sum + map.get(number); }, 0);
          weighed.push([weight, number]);
        }
      });
      weighed.sort(function (a, b) { return b[0] - a[0] || b[1] - a[1]; });
      return weighed.map(function (entry) { return directory.episodes[entry[1]]; });
    });
  }

  // "brucke" for "Brücke": the same word with one of its vowels as an umlaut, tried when nothing else is found. Not for
  // "EU": as "eue" it would stand in "neue".
  function withUmlaut(terms) {
    var longest = terms.slice().sort(function (a, b) { return b.length - a.length; })[0];
    var others = [];
    for (var i = 0; longest.length > 2 && i < longest.length && others.length < LOOKUPS; i++) {
      if ("aou".includes(longest[i]) && longest[i + 1] !== "e") {
        var changed = longest.slice(0, i + 1) + "e" + longest.slice(i + 1);
        others.push(terms.map(function (term) { return term === longest ? changed : term; }));
      }
    }
    return others;
  }

  function search(terms, directory) {
    return candidates(terms, directory).then(function (folders) {
      if (folders.length) return { terms: terms, folders: folders };
      return withUmlaut(terms).reduce(function (before, other) {
        return before.then(function (found) {
          if (found.folders.length) return found;
          return candidates(other, directory).then(function (folders) { return { terms: other, folders: folders }; });
        });
      }, Promise.resolve({ terms: terms, folders: [] }));
    });
  }

  // The sentences that hold the most terms; null when the episode as a whole does not hold them all. A word of two
  // letters counts where it stands alone.
  function hitsIn(entry, terms) {
    function held(text) {
      var folded = " " + fold(text) + " ";
      return terms.filter(function (term) { return folded.includes(term.length < 3 ? " " + term + " " : term); });
    }
    var seen = new Set(held([entry.title, entry.summary].concat(entry.people).join(" . ")));
    var most = 1, hits = [];
    entry.sentences.forEach(function (sentence) {
      var terms = held(sentence[2]);
      terms.forEach(function (term) { seen.add(term); });
      if (terms.length > most) hits = [];
      most = Math.max(most, terms.length);
      if (terms.length === most) hits.push(sentence);
    });
    return seen.size === new Set(terms).size ? hits : null;
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

  // The text with every word marked that holds a term.
  function marked(target, text, terms) {
    text.split(/(\s+)/).forEach(function (word) {
      var folded = fold(word).split(" ");
      var hit = terms.some(function (term) {
        return folded.some(function (part) { return term.length < 3 ? part === term : part.includes(term); });
      });
      target.append(hit ? element("mark", "", word) : word);
    });
    return target;
  }

  function shownSentence(entry, sentence, page, terms) {
    var item = element("li"), link = element("a"), text = element("p");
    link.href = page + "#t=" + clock(sentence[1]);
    link.append(element("span", "time", clock(sentence[1])), " " + entry.people[sentence[0]]);
    item.append(link, marked(text, sentence[2], terms));
    return item;
  }

  function shownEpisode(folder, entry, hits, terms) {
    var section = element("section"), heading = element("h2"), link = element("a"), sentences = element("ol");
    var page = "../folgen/" + encodeURIComponent(folder) + "/index.html";
    link.href = page;
    heading.append(marked(link, entry.title, terms));
    section.append(heading, marked(element("p", "meta"), entry.about + " · mit " + entry.people.join(", "), terms));
    if (!hits.length) section.append(marked(element("p"), entry.summary, terms));
    hits.slice(0, SENTENCES).forEach(function (hit) { sentences.append(shownSentence(entry, hit, page, terms)); });
    if (hits.length) section.append(sentences);
    if (hits.length > SENTENCES) section.append(allButton(sentences, entry, hits, page, terms));
    return section;
  }

  function allButton(sentences, entry, hits, page, terms) {
    var button = element("button", "", "Alle " + hits.length + " Stellen dieser Folge zeigen");
    button.type = "button";
    button.addEventListener("click", function () {
      hits.slice(SENTENCES).forEach(function (hit) { sentences.append(shownSentence(entry, hit, page, terms)); });
      sentences.children[SENTENCES].querySelector("a").focus();
      button.remove();
    });
    return button;
  }

  // Shows the next episodes that really hold the terms; the others are asked for with the button.
  function show(found, from, shown, mine) {
    var next = found.folders.slice(from, from + EPISODES);
    return Promise.all(next.map(function (folder) { return load(sentencesOf(folder)); })).then(function (entries) {
      if (mine !== current) return;
      var focus = from > 0, first = null;
      entries.forEach(function (entry, i) {
        var hits = hitsIn(entry, found.terms);
        if (!hits) return;
        var section = shownEpisode(next[i], entry, hits, found.terms);
        first = first || section;
        shown += 1;
        list.append(section);
      });
      var left = found.folders.length - from - next.length;
      more.hidden = left <= 0;
      more.textContent = "Weitere Folgen durchsuchen (" + left + ")";
      more.onclick = function () { run(function () { return show(found, from + EPISODES, shown, mine); }, mine); };
      tell(shown, left);
      if (focus && first) first.querySelector("a").focus();
    });
  }

  function tell(shown, left) {
    var episodes = shown === 1 ? "1 Folge" : shown + " Folgen";
    if (shown) status.textContent = "Gefunden in " + episodes + (left > 0 ? "; weitere sind möglich." : ".");
    else status.textContent = left > 0 ? "Hier noch nichts gefunden; weitere Folgen sind möglich." : "Nichts gefunden.";
  }

  function run(work, mine) {
    return work().catch(function () {
      if (mine === current) status.textContent = "Ein Teil der Suche ließ sich nicht laden. Bitte später noch einmal versuchen.";
    });
  }

  function start(asked) {
    var mine = ++current, terms = Array.from(new Set(fold(asked).split(" ").filter(function (t) { return t.length > 1; })));
    history.replaceState(null, "", asked.trim() ? "#q=" + encodeURIComponent(asked.trim()) : location.pathname + location.search);
    more.hidden = true;
    list.replaceChildren();
    status.textContent = terms.length ? "Es wird gesucht …" : asked.trim() ? "Bitte mindestens zwei Buchstaben eingeben." : "";
    if (!terms.length) return;
    run(function () {
      return load("verzeichnis.js").then(function (directory) {
        directory.common = new Set(directory.common);
        return search(terms, directory);
      }).then(function (found) {
        if (mine === current) return show(found, 0, 0, mine);
      });
    }, mine);
  }

  var pause;
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
