// Labels: what the code and the template make is shown at once; printing puts it into the queue.

import { paint } from "./preview.js";
import { Refusal, request } from "./requests.js";
import { wireStrip } from "./strip.js";
import { languageButtons, onLanguage, say, setLanguage } from "./words.js";

const PAUSE = 250; // ms after the last key until a new picture is asked for
const PATH = "/api/labels";

const form = document.getElementById("labels");
const problem = document.getElementById("problem");
const state = document.getElementById("state");
const paper = document.getElementById("paper");

let timer = 0;
let trouble = null; // a function that says what is wrong in the shown language
let queued = null; // what the last job is called

const wanted = () => ({
  template: form.elements.template.value,
  code: form.elements.code.value.trim(),
  count: Number(form.elements.count.value) || 1,
});

function tell(sentence, number = null) {
  trouble = sentence;
  queued = number;
  problem.textContent = trouble ? trouble() : "";
  state.textContent = queued ? say("queued", { number: queued }) : "";
}

function names() {
  for (const option of form.elements.template.options) {
    const [kind, size] = option.value.split("-");
    option.textContent = say(kind === "shelf" ? "shelf" : "product", { size: size.replace("x", " × ") });
  }
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(() => error.sentence);
    return null;
  }
}

function changed() {
  tell(null);
  clearTimeout(timer);
  if (wanted().code) timer = setTimeout(() => attempt(() => paint(paper, `${PATH}/preview`, wanted())), PAUSE);
}

form.addEventListener("input", changed);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!wanted().code) return;
  const answer = await attempt(() => request("POST", PATH, wanted()));
  if (answer) tell(null, answer.number);
});
onLanguage(() => {
  names();
  tell(trouble, queued);
});
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
names();
form.elements.code.focus();
wireStrip();
