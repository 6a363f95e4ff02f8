import { wireStrip } from "./strip.js";
import { half, languageButtons, onLanguage, say, setLanguage } from "./words.js";

const failed = new Set();
const enrolment = document.getElementById("enrolment"); // a technician's page has one
let enrolled = { state: "none" }; // what became of the last enrolment code before a camera

function complain() {
  for (const view of failed) view.querySelector(".error").textContent = say("no_picture");
}

function tellEnrolment() {
  const { state, detail } = enrolled;
  if (!enrolment || state === "none") return;
  enrolment.className = state === "failed" ? "error" : "";
  enrolment.textContent = state === "failed" ? half(detail) : say("enrol_done");
}

for (const view of document.querySelectorAll(".view")) {
  view.querySelector("img").addEventListener("error", ({ target }) => {
    target.hidden = true;
    failed.add(view);
    complain();
  });
}
onLanguage(complain);
onLanguage(tellEnrolment);
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
wireStrip({
  status({ enrolment: told }) {
    if (told.state !== "none") enrolled = told; // what was done stays to be read after the new start
    tellEnrolment();
  },
});
