// The stock's page: its three parts, and what happened last. A note is the service's; this page only shows it.

import { Refusal } from "./requests.js";
import { wireLists } from "./stock_lists.js";
import { wireNote } from "./stock_note.js";
import { wireStrip } from "./strip.js";
import { languageButtons, onLanguage, setLanguage } from "./words.js";

const byId = (id) => document.getElementById(id);
let trouble = null; // a function that says what is wrong in the shown language
let news = null; // one that says what went well

/** Shows a sentence until the next thing happens; each is a function, so that it follows the language. */
function tell(wrong, good = null) {
  trouble = wrong;
  news = good;
  byId("problem").textContent = trouble ? trouble() : "";
  byId("told").textContent = news ? news() : "";
}

/** Does `work` and shows why the service refused, if it did. */
async function attempt(work) {
  tell(null);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 401) location.assign("/staff");
    tell(() => error.sentence);
    return null;
  }
}

const note = wireNote(attempt, (good) => tell(null, good));
const lists = wireLists(attempt, (good) => tell(null, good));

for (const button of document.querySelectorAll("[data-part]")) {
  button.addEventListener("click", () => {
    tell(null);
    for (const other of document.querySelectorAll("[data-part]")) {
      other.setAttribute("aria-pressed", String(other === button));
      byId(`part-${other.dataset.part}`).hidden = other !== button;
    }
    lists.load(button.dataset.part);
  });
}

onLanguage(() => {
  note.draw();
  lists.draw();
  tell(trouble, news);
});
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
wireStrip({ stock: (event) => note.show(event.note), basket: (event) => note.basket(event.open) }, note.load);
