// Small pieces of a page, made from data.

/** An element with a text and a class. */
export function element(name, text = "", kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

/** One line of sums for a `dl`: what, how much, and whether it is the total. */
export function sum(what, amount, total = false) {
  const row = element("div", "", total ? "sum total" : "sum");
  row.append(element("dt", what), element("dd", amount));
  return row;
}
