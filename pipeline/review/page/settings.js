// What a person chose, kept in this browser.

const KEY = "review-settings";
const USUAL = {
  speed: 1, backStep: 1.5, follow: true, cursorOnPause: true, pauseTyping: false, doubts: false, plain: false, spelling: false,
  propose: true, enterGoesOn: true, hint: true, name: "", keys: {},
};

export function load() {
  try {
    return { ...USUAL, ...JSON.parse(localStorage.getItem(KEY) || "{}") };
  } catch {
    return { ...USUAL };
  }
}

export function save(settings) {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // it then holds for this page only
  }
}
