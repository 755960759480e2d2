// Times on the page start the player there. All text and every link also works without this script.
(function () {
  "use strict";
  var audio = document.querySelector("audio");
  if (!audio) return;

  function secondsOf(hash) {
    var time = /^#t=(?:(\d+):)?(\d+):(\d\d)/.exec(hash.replace(/%3a/gi, ":"));
    return time && Number(time[1] || 0) * 3600 + Number(time[2]) * 60 + Number(time[3]);
  }

  var linked = secondsOf(location.hash);
  if (linked !== null) audio.currentTime = linked;

  // A link from the search means a sentence, which has no address of its own: show the one that is said at that time.
  if (linked !== null && !document.getElementById(location.hash.slice(1).replace(/%3a/gi, ":"))) {
    var said = Array.from(document.querySelectorAll(".transcript span[data-start]")).find(function (sentence) {
      return Number(sentence.dataset.start) >= linked;
    });
    if (said) {
      said.tabIndex = -1;
      said.focus({ preventScroll: true });
      said.scrollIntoView();
    }
  }

  document.addEventListener("click", function (event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    var link = event.target.closest("a[data-start]");
    if (!link) return;
    audio.currentTime = Number(link.dataset.start);
    audio.play().catch(function () {}); // the player itself shows that it cannot play
  });
})();
