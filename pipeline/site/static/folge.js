// What an episode's page does beside the player: marks the chapter that is heard, copies a quotation with its address.
(function () {
  "use strict";
  const audio = document.querySelector("audio"), player = document.querySelector(".player");
  const contents = document.querySelector(".contents");
  const chapters = Array.from(document.querySelectorAll(".chapters a[data-start]"));

  // --- the chapter that is heard ---

  let heard = null;
  function mark() {
    const second = audio.currentTime + 0.05;
    const begun = audio.paused && !audio.currentTime ? [] : chapters.filter(function (link) { return Number(link.dataset.start) <= second; });
    const link = begun.pop() || null;
    if (link === heard) return;
    if (heard) heard.removeAttribute("aria-current");
    heard = link;
    if (heard) heard.setAttribute("aria-current", "true");
  }
  if (audio && chapters.length) {
    ["timeupdate", "seeked", "play", "sought"].forEach(function (event) { audio.addEventListener(event, mark); });
  }
  if (contents && player) {
    new ResizeObserver(function () {
      const below = getComputedStyle(player).position === "sticky" ? player.offsetHeight : 0;
      contents.style.top = below + 24 + "px";
    }).observe(player);
  }

  // --- the code that embeds the episode elsewhere ---

  const embed = document.querySelector("button.embed");
  if (embed) embed.onclick = function () {
    const code = embed.closest("details").querySelector(".code").textContent, said = embed.nextElementSibling;
    navigator.clipboard.writeText(code).then(function () { said.textContent = "Kopiert."; }, function () { prompt("Zum Kopieren:", code); });
  };

  // --- a quotation with its address ---

  const transcript = document.querySelector(".transcript");
  if (!transcript) return;
  const bar = document.createElement("p"), button = document.createElement("button"), status = document.createElement("span");
  bar.className = "quote";
  bar.hidden = true;
  button.type = "button";
  button.textContent = "Zitat mit Link kopieren";
  status.setAttribute("role", "status");
  bar.append(button, " ", status);
  transcript.before(bar);

  /** The selected sentences: their text without the times in the margin, who says it, and where it begins. */
  function quotation() {
    const selection = getSelection();
    if (selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(transcript)) return null;
    const parts = [];
    let first = null;
    transcript.querySelectorAll("p > span[data-start]").forEach(function (span) {
      if (!range.intersectsNode(span)) return;
      const part = document.createRange();
      part.selectNodeContents(span);
      if (span.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
      if (span.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
      const text = part.toString().replace(/\s+/g, " ").trim();
      if (!text) return;
      first = first || span;
      parts.push(text);
    });
    if (!first) return null;
    let name = first.parentElement;
    while (name && !name.matches(".name")) name = name.previousElementSibling;
    return { text: parts.join(" "), name: name ? name.firstChild.textContent.trim() : "", start: Number(first.dataset.start) };
  }
  function clock(second) {
    const two = function (n) { return String(n).padStart(2, "0"); };
    const hours = Math.floor(second / 3600), minutes = Math.floor(second / 60) % 60;
    return (hours ? hours + ":" + two(minutes) : two(minutes)) + ":" + two(Math.floor(second) % 60);
  }
  let timer = 0;
  document.addEventListener("selectionchange", function () {
    clearTimeout(timer);
    timer = setTimeout(function () { bar.hidden = !quotation() && document.activeElement !== button; }, 200);
  });
  button.addEventListener("mousedown", function (event) { event.preventDefault(); }); // keeps what is selected
  button.addEventListener("click", function () {
    const quoted = quotation();
    if (!quoted) return;
    const title = document.querySelector("h1").textContent.trim();
    const address = location.href.split("#")[0] + "#t=" + clock(quoted.start);
    const text = "„" + quoted.text + "“ (" + (quoted.name ? quoted.name + ", " : "") + title + ", " + clock(quoted.start) + ") " + address;
    navigator.clipboard.writeText(text).then(function () {
      status.textContent = "Kopiert.";
      setTimeout(function () { status.textContent = ""; }, 2000);
    }, function () { prompt("Zum Kopieren:", text); });
  });
})();
