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
  let reading = false, away = false; // reading along, and whether the reader has scrolled elsewhere
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
    player.classList.toggle("away", away);
  }

  function play(second) {
    audio.currentTime = second;
    leave(false);
    audio.play().catch(function () {}); // the player itself shows that it cannot play
  }

  function clock(second) {
    const two = function (n) { return String(n).padStart(2, "0"); };
    const hours = Math.floor(second / 3600), minutes = Math.floor(second / 60) % 60;
    return (hours ? hours + ":" + two(minutes) : two(minutes)) + ":" + two(Math.floor(second) % 60);
  }

  // What is scrolled to, or reached by keyboard, must not lie behind the player.
  new ResizeObserver(function () {
    const sticky = getComputedStyle(player).position === "sticky";
    root.style.scrollPaddingTop = sticky ? player.offsetHeight + 12 + "px" : "";
  }).observe(player);

  // --- addresses of places: #t=1:02:03, #t=12:34, #t=754, also between two paragraphs ---

  let clicked = "", linked = null;
  function open() {
    const hash = location.hash.replace(/%3A/gi, ":").replace(/%3D/gi, "=");
    const time = /^#t=(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)(-\d+)?$/.exec(hash);
    if (linked) linked.classList.remove("linked");
    linked = null;
    if (!time || location.hash === clicked) return;
    const second = Number(time[1] || 0) * 3600 + Number(time[2] || 0) * 60 + Number(time[3]);
    const there = document.getElementById(hash.slice(1));
    const first = there && there.querySelector("span[data-start]");
    audio.currentTime = first ? startOf(first) : second;
    if (!first && sentences.length) showSentence(sentences[Math.max(at(Math.floor(second) + 0.9), 0)]);
  }
  /** A sentence has no address of its own: the search gives the second in which it begins. */
  function showSentence(sentence) {
    linked = sentence.parentElement;
    linked.classList.add("linked");
    linked.scrollIntoView();
    focusOn(sentence, { preventScroll: true }); // by keyboard it goes on from here
    sentence.scrollIntoView({ block: "nearest" });
  }
  addEventListener("hashchange", open);
  open();

  // --- hearing a place ---

  document.addEventListener("click", function (event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a[data-start]");
    const sentence = event.target.closest(".transcript span[data-start]");
    if (link) clicked = link.hash;
    if (link) play(startOf(link));
    else if (sentence && getSelection().isCollapsed) play(startOf(sentence));
  });

  document.querySelectorAll("[data-skip]").forEach(function (button) {
    button.onclick = function () { audio.currentTime = Math.max(0, audio.currentTime + Number(button.dataset.skip)); };
  });
  const tempo = document.getElementById("tempo");
  tempo.onchange = function () { audio.playbackRate = audio.defaultPlaybackRate = Number(tempo.value); };
  audio.addEventListener("ratechange", function () { tempo.value = String(audio.playbackRate); });
  const share = document.querySelector("[data-copy='']");
  share.onclick = function () {
    const time = clock(audio.currentTime);
    copy(share, location.href.split("#")[0] + "#t=" + time, "Link zu " + time + " kopiert.");
  };

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
      if (next) {
        expected();
        focusOn(next);
      }
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
  let now = -1, ours = 0;

  function expected() { ours = performance.now() + 1000; } // the scrolling that follows is not the reader's
  function show() {
    if (now >= 0) sentences[now].classList.remove("now");
    now = at(audio.currentTime);
    if (now < 0 || !reading) return;
    sentences[now].classList.add("now");
    if (!away) reveal();
  }
  function reveal() {
    const box = sentences[now].getBoundingClientRect(), top = player.getBoundingClientRect().bottom;
    const lowest = innerHeight * (calm.matches ? 0.95 : 0.7);
    if (box.top >= top && box.bottom <= lowest) return;
    expected();
    scrollBy({ top: box.top - top - (innerHeight - top) * 0.25, behavior: calm.matches ? "auto" : "smooth" });
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
  function scrolled() { if (reading && !audio.paused) leave(true); }
  addEventListener("wheel", scrolled, { passive: true });
  addEventListener("touchmove", scrolled, { passive: true });
  addEventListener("scroll", function () { if (performance.now() > ours) scrolled(); }, { passive: true });

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
    leave(true);
    hits[place].scrollIntoView({ block: "center" });
    tell(true);
  }
  field.addEventListener("input", find);
  field.addEventListener("keydown", function (event) { if (event.key === "Enter") go(event.shiftKey ? -1 : 1); });
  buttons.forEach(function (button) { button.onclick = function () { go(Number(button.dataset.find)); }; });
  find();
})();
