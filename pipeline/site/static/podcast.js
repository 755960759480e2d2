// What a page can do beyond its links: play from a sentence, read along, search, skip, share. Without it all text and
// every link still works.
(function () {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  // --- copying, on every page ---

  function copy(button, text, said) {
    const status = button.parentElement.querySelector("[role=status]");
    navigator.clipboard.writeText(text).then(function () {
      status.textContent = said;
      const label = button.textContent;
      button.style.minWidth = button.offsetWidth + "px";
      button.textContent = "Kopiert";
      button.disabled = true;
      setTimeout(function () {
        button.textContent = label;
        button.disabled = false;
        status.textContent = "";
      }, 2000);
    }, function () { prompt("Zum Kopieren:", text); });
  }
  const address = document.querySelector("button[data-copy]:not([data-copy=''])");
  if (address) address.onclick = function () { copy(address, address.dataset.copy, "Adresse kopiert."); };

  const audio = document.querySelector("audio");
  if (!audio) return;
  const player = document.querySelector(".player");
  const transcript = document.querySelector(".transcript");
  const sentences = transcript ? Array.from(transcript.querySelectorAll("span[data-start]")) : [];
  const starts = sentences.map(startOf);
  const tools = document.querySelector(".tools");
  let reading = false, away = false, now = -1; // reading along, the reader is elsewhere, the sentence that is heard
  let moved = false; // the reader has scrolled since the last jump
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  function startOf(element) { return Number(element.dataset.start); }

  /** The index of the sentence that is spoken at that second, -1 before the first. */
  function at(second) {
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= second + 0.05) low = middle + 1; else high = middle;
    }
    return low - 1;
  }

  function leave(gone) {
    away = gone && reading;
    offerBack();
  }
  function offerBack() {
    player.classList.toggle("away", away && now >= 0 && !inSight(sentences[now], 1));
  }

  // --- hearing, and saying what cannot be heard ---

  const failed = document.getElementById("fehler");
  let wanted = null, waiting = 0, missed = false; // missed: the last jump landed elsewhere

  function fail(text) {
    clearTimeout(waiting);
    failed.firstChild.data = text + " ";
    failed.hidden = false;
  }
  function seek(second) {
    wanted = second;
    audio.currentTime = second;
    audio.dispatchEvent(new Event("sought")); // nothing else tells it before the first sound is loaded
  }
  /** A server that cannot send parts of a file lets the browser begin elsewhere. */
  function landed() {
    if (wanted === null || audio.seeking || audio.readyState < 2) return;
    missed = Math.abs(audio.currentTime - Math.min(wanted, audio.duration)) > 3;
    wanted = null;
    if (missed) fail("Hier lässt sich gerade nicht springen: Die Wiedergabe steht bei " + clock(audio.currentTime) + ". Heruntergeladen geht es:");
  }
  function wait() {
    clearTimeout(waiting);
    if (audio.paused || audio.readyState > 2) return;
    waiting = setTimeout(function () {
      audio.pause(); // else the player spins for ever
      fail("Die Folge lädt nicht. Später noch einmal abspielen oder herunterladen:");
    }, 15000);
  }
  function play(second) {
    mark(null);
    if (audio.error) audio.load(); // the network may be back
    seek(second);
    leave(false);
    audio.play().catch(function () {}); // the error event says it
  }
  audio.addEventListener("error", function () {
    audio.pause();
    fail("Die Folge lässt sich hier nicht abspielen.");
  });
  ["play", "waiting", "stalled", "progress"].forEach(function (event) { audio.addEventListener(event, wait); });
  audio.addEventListener("seeked", landed);
  audio.addEventListener("playing", function () {
    landed();
    clearTimeout(waiting);
    failed.hidden = !missed;
  });
  audio.addEventListener("pause", function () { clearTimeout(waiting); });

  function clock(second) {
    const two = function (n) { return String(n).padStart(2, "0"); };
    const hours = Math.floor(second / 3600), minutes = Math.floor(second / 60) % 60;
    return (hours ? hours + ":" + two(minutes) : two(minutes)) + ":" + two(Math.floor(second) % 60);
  }

  // --- places on the screen ---

  function stuck(element) { return element && getComputedStyle(element).position === "sticky" ? element.offsetHeight : 0; }
  /** Pixels at the top of the window that the player and, while it has hits, the search cover. */
  function covered() { return stuck(player) + stuck(tools); }
  /** The lower edge of what can be seen: in narrow windows the player stands at the bottom. */
  function floor() { return getComputedStyle(player).position === "fixed" ? player.getBoundingClientRect().top : innerHeight; }
  function fit() { // what is scrolled to, or reached by keyboard, must not lie behind them
    const height = covered();
    root.style.scrollPaddingTop = height ? height + 12 + "px" : "";
    const below = innerHeight - floor();
    root.style.scrollPaddingBottom = below ? below + 24 + "px" : "";
    root.style.setProperty("--below", stuck(tools) + "px");
    if (tools) tools.style.top = stuck(player) + "px";
  }
  const sizes = new ResizeObserver(fit);
  sizes.observe(player);
  if (tools) sizes.observe(tools);

  function inSight(sentence, part) {
    const box = sentence.getBoundingClientRect();
    return box.top >= covered() - 1 && box.bottom <= floor() * part + 1;
  }
  /** Scroll once, to a place in the page: two relative steps add up where the first is still under way. */
  function bring(sentence, smooth) {
    const top = covered(), box = sentence.getBoundingClientRect();
    const by = box.top - top - (floor() - top) * 0.25;
    const glide = smooth && !calm.matches && Math.abs(by) <= 1.5 * innerHeight;
    moved = false;
    scrollTo({ top: Math.max(0, scrollY + by), behavior: glide ? "smooth" : "instant" });
  }

  // Only what the reader does counts as scrolling elsewhere: a page also scrolls by links, focus and long jumps.
  function scrolled() {
    moved = true;
    if (reading && !audio.paused) leave(true);
  }
  addEventListener("wheel", function (event) { if (!event.ctrlKey && event.deltaY) scrolled(); }, { passive: true });
  addEventListener("touchmove", scrolled, { passive: true });
  addEventListener("pointerdown", function (event) { if (event.clientX >= root.clientWidth) scrolled(); });
  addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest && event.target.closest("input, select, textarea, button, summary, .player")) return;
    if (["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "].includes(event.key)) scrolled();
  });

  // --- addresses of places: #t=1:02:03, #t=12:34, #t=754, also between two paragraphs ---

  let clicked = "", linked = null;
  /** Mark one sentence, or none. */
  function mark(sentence) {
    if (linked) linked.classList.remove("linked");
    linked = sentence || null;
    if (linked) linked.classList.add("linked");
  }
  function firstIn(hash) {
    const there = document.getElementById(hash.slice(1));
    return there && there.querySelector("span[data-start]");
  }
  function open() {
    const own = location.hash === clicked; // a click here has played it already
    clicked = "";
    if (own && location.hash) return;
    const hash = location.hash.replace(/%3A/gi, ":").replace(/%3D/gi, "=");
    const time = /^#t=(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)(-\d+)?$/.exec(hash);
    mark(null);
    if (!time) return;
    const second = Number(time[1] || 0) * 3600 + Number(time[2] || 0) * 60 + Number(time[3]);
    const first = firstIn(hash);
    seek(first ? startOf(first) : second);
    // A sentence has no address of its own: the search gives the second in which it begins.
    const sentence = first || sentences[Math.max(at(Math.floor(second) + 0.9), 0)];
    if (!sentence) return;
    mark(sentence);
    focusOn(sentence, { preventScroll: true }); // by keyboard it goes on from here
    if (!first) bring(sentence, false); // to an address of its own the browser scrolls
  }
  addEventListener("hashchange", open);
  open();
  addEventListener("load", function () { // pictures and fonts may have moved it
    const visit = performance.getEntriesByType("navigation")[0];
    if (linked && !moved && visit && visit.type === "navigate" && !firstIn(location.hash)) bring(linked, false);
  });

  // --- hearing a place ---

  document.addEventListener("click", function (event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a[data-start]");
    const sentence = event.target.closest(".transcript span[data-start]");
    if (link) {
      clicked = link.hash === location.hash ? "" : link.hash;
      play(startOf(link));
      mark(firstIn(link.hash));
    } else if (sentence && getSelection().isCollapsed) play(startOf(sentence));
  });

  document.querySelectorAll("[data-skip]").forEach(function (button) {
    button.onclick = function () { seek(Math.max(0, audio.currentTime + Number(button.dataset.skip))); };
  });
  const tempo = document.getElementById("tempo");
  tempo.onchange = function () { audio.playbackRate = audio.defaultPlaybackRate = Number(tempo.value); };
  function showTempo() {
    const rate = String(audio.playbackRate);
    if (!Array.from(tempo.options).some(function (option) { return option.value === rate; })) {
      tempo.add(new Option(rate.replace(".", ",") + "×", rate)); // set in the browser's own menu
    }
    tempo.value = rate;
  }
  audio.addEventListener("ratechange", showTempo);
  addEventListener("pageshow", showTempo); // a browser may restore what was chosen, but not the speed
  showTempo();
  const share = document.querySelector("[data-copy='']");
  if (share) share.onclick = function () {
    const time = clock(audio.currentTime), url = location.href.split("#")[0] + "#t=" + time;
    if (navigator.share && matchMedia("(pointer: coarse)").matches) { // a telephone knows to whom
      navigator.share({ title: document.title, url: url }).catch(function () {});
    } else copy(share, url, "Link zu " + time + " kopiert.");
  };

  window.podcastPlayer = { seek: seek, clock: clock }; // for the player's own script

  if (!sentences.length) return;

  // --- from sentence to sentence by keyboard ---

  transcript.tabIndex = 0;
  transcript.setAttribute("role", "group");
  transcript.setAttribute("aria-label", "Transkript, Satz für Satz");
  transcript.setAttribute("aria-describedby", "hinweis");
  transcript.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = sentences.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const beside = event.target.closest("p");
      const begin = here >= 0 ? here + step
        : beside ? sentences.indexOf(beside.querySelector("span[data-start]")) : Math.max(at(audio.currentTime), 0);
      const next = sentences[begin];
      if (next) focusOn(next);
      event.preventDefault();
    } else if (here >= 0 && (event.key === "Enter" || event.key === " ")) {
      play(starts[here]);
      event.preventDefault();
    }
  });
  function focusOn(sentence, options) {
    sentence.tabIndex = -1;
    sentence.setAttribute("role", "button");
    sentence.addEventListener("blur", function () {
      sentence.removeAttribute("tabindex");
      sentence.removeAttribute("role");
    }, { once: true });
    sentence.focus(options);
  }

  // --- reading along ---

  const toggle = document.getElementById("mitlesen"), back = document.getElementById("zur-stelle");

  function show() {
    if (now >= 0) sentences[now].classList.remove("now");
    now = at(audio.currentTime);
    if (now < 0 || !reading) return;
    mark(null); // what is heard is marked now
    sentences[now].classList.add("now");
    if (away) offerBack();
    else if (!inSight(sentences[now], calm.matches ? 0.95 : 0.7)) bring(sentences[now], true);
  }
  toggle.onclick = function () {
    reading = !reading;
    toggle.setAttribute("aria-pressed", reading);
    leave(false);
    show();
  };
  back.onclick = function () {
    leave(false);
    show();
    toggle.focus({ preventScroll: true }); // this button goes out of sight
  };
  audio.addEventListener("timeupdate", function () { if (at(audio.currentTime) !== now) show(); });
  audio.addEventListener("seeked", show);
  addEventListener("scroll", function () { if (away) offerBack(); }, { passive: true });

  // --- searching ---

  const field = document.getElementById("suche"), tally = document.getElementById("funde");
  const buttons = document.querySelectorAll("[data-find]");
  let folded = null, hits = [], place = -1, telling = 0;

  function asItIs(text) { // to look for signs without letters
    return { text: text, from: Array.from({ length: text.length + 1 }, function (_, place) { return place; }) };
  }
  function find() {
    hits.forEach(function (hit) { hit.classList.remove("hit", "here"); });
    hits = [];
    place = -1;
    const typed = field.value.trim(), inWords = podcastWords.fold(typed), wanted = inWords || typed;
    const ranges = [];
    if (wanted.length > 1) {
      folded = folded || sentences.map(function (sentence) { // "fuer" and "fur" are für
        return [false, true].map(function (plain) { return podcastWords.spread(sentence.textContent, plain); });
      });
      folded.forEach(function (forms, i) {
        const before = ranges.length;
        (inWords ? forms : [asItIs(sentences[i].textContent)]).forEach(function (line) {
          for (let p = line.text.indexOf(wanted); p >= 0; p = line.text.indexOf(wanted, p + wanted.length)) {
            const range = new Range();
            range.setStart(sentences[i].firstChild, line.from[p]);
            range.setEnd(sentences[i].firstChild, line.from[p + wanted.length]);
            ranges.push(range);
          }
        });
        if (ranges.length > before) hits.push(sentences[i]);
      });
      hits.forEach(function (hit) { hit.classList.add("hit"); });
    }
    if (window.Highlight) CSS.highlights.set("found", new Highlight(...ranges));
    buttons.forEach(function (button) { button.disabled = !hits.length; });
    tools.classList.toggle("finding", hits.length > 0); // stays in sight
    fit();
    clearTimeout(telling); // a screen reader hears the result once, not after each letter
    tally.setAttribute("aria-busy", "true");
    telling = setTimeout(function () { tell(wanted.length > 1); }, 400);
  }
  function tell(searched) {
    clearTimeout(telling);
    tally.removeAttribute("aria-busy");
    const many = hits.length === 1 ? "1 Satz" : hits.length + " Sätze";
    tally.textContent = !searched ? "" : !hits.length ? "Nichts gefunden." : place < 0 ? many + " gefunden." : place + 1 + " von " + hits.length;
  }
  function go(step) {
    if (!hits.length) return;
    if (place >= 0) hits[place].classList.remove("here");
    place = place < 0 && step < 0 ? hits.length - 1 : (place + step + hits.length) % hits.length;
    hits[place].classList.add("here");
    bring(hits[place], false);
    leave(true);
    tell(true);
  }
  field.addEventListener("input", find);
  field.addEventListener("keydown", function (event) { if (event.key === "Enter") go(event.shiftKey ? -1 : 1); });
  buttons.forEach(function (button) { button.onclick = function () { go(Number(button.dataset.find)); }; });
  find();
})();
