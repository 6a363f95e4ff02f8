// The page's sentences in both languages, and which one is shown.

const table = JSON.parse(document.getElementById("words").textContent);
const listeners = [];

export const language = () => document.documentElement.lang;

/** One sentence in the shown language, `{name}` filled from `values`. */
export function say(key, values = {}) {
  return table[language()][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** What goods are called in the shown language: many have no English name. */
export const nameOf = (goods) => (language() === "en" && goods?.name_en) || goods?.name;

/** The shown language's half of a sentence that the service wrote as "tiếng Việt / English". */
export function half(text) {
  const [first, ...rest] = text.split(" / ");
  return language() === "vi" || rest.length === 0 ? first : rest.join(" / ");
}

/** Writes the shown language into everything below `root` that names a sentence. */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of root.querySelectorAll("[data-say-label]")) {
    element.setAttribute("aria-label", say(element.dataset.sayLabel));
  }
  for (const element of root.querySelectorAll("[data-say-placeholder]")) {
    element.placeholder = say(element.dataset.sayPlaceholder);
  }
}

/** Shows the page in "vi" or "en"; whoever asked by `onLanguage` redraws what it filled in. */
export function setLanguage(next) {
  if (next !== language()) {
    document.documentElement.lang = next;
    document.title = say("page_title");
    translate(document);
    for (const redraw of listeners) redraw();
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === next));
  }
}

export function onLanguage(redraw) {
  listeners.push(redraw);
}

/** Wires the language buttons; `chosen(language)` hears of a touch. */
export function languageButtons(chosen = () => {}) {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      setLanguage(button.dataset.language);
      chosen(button.dataset.language);
    });
  }
}
