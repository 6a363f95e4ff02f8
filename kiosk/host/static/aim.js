import { wireStrip } from "./strip.js";
import { languageButtons, onLanguage, say, setLanguage } from "./words.js";

const failed = new Set();

function complain() {
  for (const view of failed) view.querySelector(".error").textContent = say("no_picture");
}

for (const view of document.querySelectorAll(".view")) {
  view.querySelector("img").addEventListener("error", ({ target }) => {
    target.hidden = true;
    failed.add(view);
    complain();
  });
}
onLanguage(complain);
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
wireStrip();
