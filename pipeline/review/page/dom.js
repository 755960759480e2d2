// Makes elements. Text is only ever inserted as text.

/** An element with attributes (functions become listeners, booleans properties) and children (strings become text). */
export function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (typeof value === "boolean") {
      if (key === "checked") node.checked = value;
      else if (value) node.setAttribute(key, "");
    } else if (key === "value" && name === "input") node.value = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** A number with its noun: words(1, "Stelle", "Stellen"). */
export function words(count, one, many) {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
