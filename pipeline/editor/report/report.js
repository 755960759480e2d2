// Plays the finished episode or its recordings at a place of the plot. The page works from a folder, without a server.
(function () {
  "use strict";
  const told = JSON.parse(document.getElementById("sound").textContent);
  const find = function (id) { return document.getElementById(id); };
  const play = find("play"), slider = find("place"), place = find("time"), status = find("trouble"), plot = find("plot");
  const now = find("now"), before = find("before"), after = find("after");
  const finished = new Audio(), recordings = [];
  let at = 0, plays = false;

  function clock(second) {
    const two = function (n) { return String(n).padStart(2, "0"); };
    const hours = Math.floor(second / 3600), minutes = Math.floor(second / 60) % 60;
    return (hours ? hours + ":" + two(minutes) : two(minutes)) + ":" + two(Math.floor(second) % 60);
  }
  function chapter() {
    let title = "";
    told.chapters.forEach(function (one) { if (one[0] <= at) { title = ", " + one[1]; } });
    return title;
  }
  function show() {
    play.textContent = plays ? "Anhalten" : "Abspielen";
    place.textContent = clock(at) + " / " + clock(told.length);
    slider.value = String(Math.floor(at));
    slider.setAttribute("aria-valuetext", clock(at) + chapter());
    const left = Number(plot.dataset.left) + Number(plot.dataset.width) * Math.min(1, at / told.length);
    now.setAttribute("transform", "translate(" + (left - Number(plot.dataset.left)) + " 0)");
  }
  function say(text) { status.textContent = text; }
  function pause() {
    plays = false;
    [finished].concat(recordings).forEach(function (audio) { audio.pause(); });
    show();
  }
  function failed(what) {
    return function (error) {
      if (error && error.name === "AbortError") { return; }
      pause();
      say(what + " lässt sich hier nicht abspielen: die Datei fehlt, oder dieser Browser kennt ihr Format nicht.");
    };
  }
  function make() {
    finished.preload = "none";
    finished.src = told.after;
    finished.addEventListener("error", failed("Die fertige MP3"));
    told.sources.forEach(function (source) {
      const audio = new Audio();
      audio.preload = "none";
      audio.src = source.file;
      audio.addEventListener("error", function () {
        if (before.checked) { failed("Die Aufnahme " + source.name)(); }
      });
      recordings.push(audio);
    });
    document.querySelector(".player").append(finished, ...recordings);
  }
  // The stretch of the recordings at a time of the episode: [start, end, at]; null where there is only music.
  function piece(second) {
    return told.pieces.find(function (one) { return second >= one[2] && second < one[2] + one[1] - one[0]; }) || null;
  }
  function seek(audio, second) {
    if (Math.abs(audio.currentTime - second) > 0.15) { audio.currentTime = second; }
  }
  function startRecordings() {
    let one = piece(at);
    if (!one) {
      one = told.pieces.find(function (later) { return later[2] > at; });
      if (!one) { pause(); say("Dort gibt es keine Aufnahme, nur Musik."); return; }
      at = one[2];
    }
    const second = one[0] + at - one[2];
    recordings.forEach(function (audio, which) {
      const own = second - told.sources[which].offset;
      if (own >= 0 && own < told.sources[which].length) {
        seek(audio, own);
        audio.play().catch(failed("Die Aufnahme " + told.sources[which].name));
      } else { audio.pause(); }
    });
  }
  function start() {
    say("");
    plays = true;
    if (before.checked) {
      finished.pause();
      startRecordings();
    } else {
      recordings.forEach(function (audio) { audio.pause(); });
      seek(finished, at);
      finished.play().catch(failed("Die fertige MP3"));
    }
    show();
  }
  function go(second) {
    at = Math.max(0, Math.min(second, told.length - 0.05));
    start();
  }
  function follow() {
    if (!plays) { return; }
    if (!before.checked) {
      at = finished.currentTime;
      if (finished.ended) { pause(); }
    } else {
      const which = recordings.findIndex(function (audio) { return !audio.paused && !audio.ended; });
      const one = piece(at);
      if (which >= 0 && one) {
        const second = recordings[which].currentTime + told.sources[which].offset;
        at = one[2] + second - one[0];
        if (second >= one[1] - 0.02) { at = one[2] + one[1] - one[0] + 0.001; startRecordings(); }
      } else if (at >= told.length - 0.5 || which < 0) { pause(); }
    }
    show();
  }
  make();
  play.addEventListener("click", function () { if (plays) { pause(); } else { start(); } });
  slider.addEventListener("input", function () {
    at = Number(slider.value);
    if (plays) { start(); } else { show(); }
  });
  [before, after].forEach(function (choice) { choice.addEventListener("change", function () { if (plays) { start(); } }); });
  plot.addEventListener("click", function (event) {
    const box = plot.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * Number(plot.dataset.all);
    go((x - Number(plot.dataset.left)) / Number(plot.dataset.width) * told.length);
  });
  document.addEventListener("click", function (event) {
    const button = event.target.closest("button[data-at]");
    if (button) { go(Number(button.dataset.at)); }
  });
  setInterval(follow, 100);
  document.querySelector(".player").hidden = false;
  document.documentElement.classList.add("ready");
  before.disabled = !told.sources.length;
  show();
})();
