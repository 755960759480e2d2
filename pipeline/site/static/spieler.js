// The bar that takes the place of the browser's own player: play, skip, a slider with chapters, what the device keeps.
(function () {
  "use strict";
  const player = document.querySelector(".player"), bar = player && player.querySelector(".bar");
  const common = window.podcastPlayer;
  if (!bar || !common) return; // the browser's own player appears by itself
  const audio = player.querySelector("audio"), slider = document.getElementById("stelle");
  const part = function (name) { return bar.querySelector(name); };
  const line = part(".line"), playing = part(".play"), clock = common.clock;
  const chapters = Array.from(document.querySelectorAll(".chapters a[data-start]"), function (link) {
    return { start: Number(link.dataset.start), title: link.lastChild.data.trim() };
  });
  player.classList.add("own");

  /** Seconds: as the episode's page says, because browsers know only what they have loaded, and guess at some files. */
  function length() { return Number(bar.dataset.length) || (isFinite(audio.duration) && audio.duration) || 0; }
  function chapterAt(second) {
    return chapters.reduce(function (found, chapter, i) { return chapter.start <= second + 0.05 ? i : found; }, -1);
  }
  function many(count, one, more) { return count ? [count + " " + (count === 1 ? one : more)] : []; }
  function spoken(second) {
    const whole = Math.floor(second);
    const parts = many(Math.floor(whole / 3600), "Stunde", "Stunden")
      .concat(many(Math.floor(whole / 60) % 60, "Minute", "Minuten"), many(whole % 60, "Sekunde", "Sekunden"));
    return parts.join(" ") || "0 Sekunden";
  }
  function seek(second) { common.seek(Math.min(Math.max(0, second), length() || Infinity)); }

  // --- what the bar shows ---

  let dragged = null, late = 0;
  /** `told`: the slider, too, has the place of now. Screen readers would read it aloud again and again while it plays. */
  function show(told) {
    const second = dragged === null ? audio.currentTime : dragged, all = length();
    line.style.setProperty("--done", all ? Math.min(1, second / all) : 0);
    part(".clock").textContent = clock(second) + (all ? " / " + clock(all) : "");
    const chapter = chapters[chapterAt(second)];
    part(".what").textContent = bar.classList.contains("waits") ? "Lädt …" : chapter ? chapter.title : bar.dataset.title;
    if (!told && !audio.paused && document.activeElement === slider) return;
    if (dragged === null) {
      slider.max = Math.ceil(all);
      slider.value = second;
    }
    slider.setAttribute("aria-valuetext", spoken(second) + (all ? " von " + spoken(all) : ""));
  }
  function showState() {
    bar.classList.toggle("plays", !audio.paused);
    playing.setAttribute("aria-label", audio.paused ? "Abspielen" : "Anhalten");
    show(audio.paused);
  }
  function wait(waits) {
    clearTimeout(late);
    if (bar.classList.toggle("waits", waits && !audio.paused && audio.readyState < 3)) show();
  }
  function soon() {
    clearTimeout(late);
    late = setTimeout(wait, 400, true);
  }
  function ready() {
    wait(false);
    showState();
  }
  ["play", "waiting", "seeking"].forEach(function (name) { audio.addEventListener(name, soon); });
  ["playing", "canplay", "pause", "error", "ended"].forEach(function (name) { audio.addEventListener(name, ready); });
  ["timeupdate", "durationchange"].forEach(function (name) { audio.addEventListener(name, function () { show(); }); });
  audio.addEventListener("play", showState);
  audio.addEventListener("sought", function () { show(true); });
  audio.addEventListener("seeked", function () { show(true); });

  if (chapters.length && length()) {
    part(".line svg").setAttribute("viewBox", "0 0 " + length() + " 6");
    part(".line path").setAttribute("d", chapters.map(function (chapter) {
      return chapter.start > 0 ? "M" + chapter.start + " 0v6" : "";
    }).join(""));
  }

  // --- what it does ---

  function toggle() {
    if (!audio.paused) return audio.pause();
    const second = audio.currentTime;
    if (audio.error) { // the network may be back
      audio.load();
      seek(second);
    }
    audio.play().catch(function () {}); // the error event says it
  }
  playing.onclick = toggle;
  slider.oninput = function () {
    dragged = Number(slider.value);
    show(true);
  };
  slider.onchange = function () {
    const second = Number(slider.value);
    dragged = null;
    seek(second);
  };
  slider.onblur = slider.onpointercancel = function () { dragged = null; };
  slider.onfocus = function () { show(true); };
  slider.onkeydown = function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 30, PageDown: -30 }[event.key];
    if (step) seek(audio.currentTime + step);
    else if (event.key === "Home") seek(0);
    else if (event.key === "End") seek(length());
    else return;
    event.preventDefault();
  };
  function chapter(step) { // backwards first to the beginning of this one, as players do
    const second = audio.currentTime, here = chapterAt(second);
    const back = step < 0 && here >= 0 && second > chapters[here].start + 3;
    const there = chapters[here + (back ? 0 : step)];
    if (there) seek(there.start);
    else if (step < 0) seek(0);
  }

  const volume = part(".volume"), loudness = volume.querySelector("input"), mute = part(".mute");
  audio.volume = 0.5;
  volume.hidden = audio.volume !== 0.5; // telephones leave it to their buttons
  audio.volume = 1;
  function showVolume() {
    const silent = audio.muted || !audio.volume;
    volume.classList.toggle("muted", silent);
    mute.setAttribute("aria-label", silent ? "Ton an" : "Ton aus");
    loudness.value = silent ? 0 : 100 * audio.volume;
    loudness.setAttribute("aria-valuetext", loudness.value + " Prozent");
    volume.style.setProperty("--done", loudness.value / 100);
  }
  function silence() {
    audio.muted = !audio.muted && audio.volume > 0;
    if (!audio.volume) audio.volume = 0.5;
  }
  mute.onclick = silence;
  loudness.oninput = function () {
    audio.volume = loudness.value / 100;
    audio.muted = false;
  };
  audio.addEventListener("volumechange", showVolume);
  showVolume();

  // --- where it stands ---

  new IntersectionObserver(function (seen) {
    const over = seen[0].boundingClientRect.top <= 0 && getComputedStyle(player).position === "sticky";
    player.classList.toggle("stuck", over && scrollY > 0);
  }, { rootMargin: "-1px 0px 0px", threshold: 1 }).observe(player);

  document.addEventListener("focusin", function (event) { // Firefox (153) scrolls to nothing that lies behind it only in part
    const at = event.target, box = at.getBoundingClientRect(), over = player.getBoundingClientRect();
    if (player.contains(at) || !at.matches(":focus-visible") || box.height > innerHeight / 2) return;
    if (box.bottom <= over.top || box.top >= over.bottom) return;
    const low = getComputedStyle(player).position === "fixed";
    scrollBy({ top: low ? box.bottom - over.top + 24 : box.top - over.bottom - 12, behavior: "instant" });
  });

  const menu = part(".menu");
  function open(opened) {
    bar.classList.toggle("open", opened);
    menu.setAttribute("aria-expanded", opened);
  }
  if (menu) {
    menu.onclick = function () { open(!bar.classList.contains("open")); };
    bar.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" || !bar.classList.contains("open")) return;
      open(false);
      menu.focus();
    });
  }

  // --- what the device keeps, and only if the listener says so ---

  const keep = document.getElementById("merken"), keys = document.getElementById("kuerzel");
  const shelf = "podcast " + new URL("../", document.currentScript.src).pathname; // one for each show on a host
  function kept() {
    try { return JSON.parse(localStorage.getItem(shelf)); } catch (_) { return null; }
  }
  let heard = false;
  function store() {
    if (!keep || !keep.checked) return;
    const places = (kept() || {}).places || {}, second = Math.floor(audio.currentTime);
    if (heard) { // else a link has led elsewhere
      delete places[location.pathname]; // the latest is the last
      if (second > 5 && !(second > length() - 15)) places[location.pathname] = second;
    }
    const latest = Object.entries(places).slice(-100);
    const all = { places: Object.fromEntries(latest), tempo: audio.playbackRate, keys: keys.checked };
    try { localStorage.setItem(shelf, JSON.stringify(all)); } catch (_) { keep.checked = false; }
  }
  if (keep) {
    const before = kept();
    if (before) {
      keep.checked = true;
      keys.checked = Boolean(before.keys);
      if (before.tempo > 0) audio.playbackRate = audio.defaultPlaybackRate = before.tempo;
      const place = (before.places || {})[location.pathname];
      if (place > 0 && !location.hash && !audio.currentTime) seek(place);
    }
    keep.onchange = function () {
      if (keep.checked) store();
      else try { localStorage.removeItem(shelf); } catch (_) { /* nothing is kept then */ }
    };
    keys.onchange = store;
    let saved = 0;
    audio.addEventListener("timeupdate", function () {
      if (Math.abs(audio.currentTime - saved) < 10) return;
      saved = audio.currentTime;
      store();
    });
    audio.addEventListener("playing", function () { heard = true; });
    ["pause", "seeked", "ratechange"].forEach(function (name) { audio.addEventListener(name, store); });
    addEventListener("pagehide", store);
  }

  // --- keys of the whole page, off until switched on (WCAG 2.1.4) ---

  document.addEventListener("keydown", function (event) {
    if (!keys || !keys.checked || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target;
    if (at.closest("input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]")) return;
    if (event.key === " " && at.closest("button, [role=button], summary, input")) return;
    const act = {
      k: toggle, " ": toggle, m: silence,
      j: function () { seek(audio.currentTime - 15); }, l: function () { seek(audio.currentTime + 30); },
    }[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // --- keys and screens of the device ---

  const session = navigator.mediaSession;
  if (session && window.MediaMetadata) {
    const cover = document.querySelector("img.cover");
    session.metadata = new MediaMetadata({
      title: bar.dataset.title, artist: bar.dataset.show, artwork: cover && cover.src.startsWith("http") ? [{ src: cover.src }] : [],
    });
    const acts = {
      play: function () { if (audio.paused) toggle(); },
      pause: function () { audio.pause(); },
      seekbackward: function (asked) { seek(audio.currentTime - (asked.seekOffset || 15)); },
      seekforward: function (asked) { seek(audio.currentTime + (asked.seekOffset || 30)); },
      seekto: function (asked) { seek(asked.seekTime); },
    };
    if (chapters.length) {
      acts.previoustrack = function () { chapter(-1); };
      acts.nexttrack = function () { chapter(1); };
    }
    Object.keys(acts).forEach(function (name) {
      try { session.setActionHandler(name, acts[name]); } catch (_) { /* this browser has no such key */ }
    });
    ["playing", "seeked", "ratechange"].forEach(function (name) {
      audio.addEventListener(name, function () {
        const all = length();
        if (all && session.setPositionState) session.setPositionState({ duration: all, position: Math.min(audio.currentTime, all), playbackRate: audio.playbackRate || 1 });
      });
    });
  }

  showState();
})();
