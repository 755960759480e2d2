// The start page's play button: the newest episode plays where it stands. Without this the button leads to its page.
(function () {
  "use strict";
  const button = document.querySelector(".listen[data-audio]");
  if (!button) return;
  const status = button.parentElement.querySelector("[role=status]"), page = button.href;
  const name = button.textContent, length = Number(button.dataset.length);
  const place = document.createElement("span");
  let audio = null;
  place.className = "about time";
  button.after(" ", place);
  button.setAttribute("role", "button");

  function clock(second) {
    const two = function (n) { return String(n).padStart(2, "0"); };
    const hours = Math.floor(second / 3600), minutes = Math.floor(second / 60) % 60;
    return (hours ? hours + ":" + two(minutes) : two(minutes)) + ":" + two(Math.floor(second) % 60);
  }
  function show() {
    button.textContent = audio && !audio.paused ? "Anhalten" : audio && audio.currentTime ? "Weiterhören" : name;
    button.classList.toggle("plays", Boolean(audio && !audio.paused));
    place.textContent = audio ? clock(audio.currentTime) + (length ? " / " + clock(length) : "") : "";
  }
  function failed() {
    status.textContent = "Hier lässt sich die Folge gerade nicht abspielen. ";
    const link = document.createElement("a");
    link.href = page + "#herunterladen";
    link.textContent = "Zum Herunterladen";
    status.append(link);
    audio = null;
    show();
  }
  function toggle() {
    if (!audio) {
      status.textContent = "";
      audio = new Audio(button.dataset.audio);
      ["play", "pause", "ended", "timeupdate"].forEach(function (event) { audio.addEventListener(event, show); });
      audio.addEventListener("error", failed, { once: true });
    }
    if (audio.paused) audio.play().catch(function () {}); // "error" reports what cannot be played
    else audio.pause();
  }
  button.addEventListener("click", function (event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    toggle();
  });
  button.addEventListener("keydown", function (event) {
    if (event.key !== " ") return;
    event.preventDefault();
    toggle();
  });
})();
