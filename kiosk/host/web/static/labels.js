// Labels: what the code and the template make is shown at once; printing puts it into the queue.

import { paint } from "./preview.js";
import { Refusal, request } from "./requests.js";
import { wireStrip } from "./strip.js";
import { languageButtons, nameOf, onLanguage, say, setLanguage } from "./words.js";

const PAUSE = 250; // ms after the last key until a new picture is asked for
const PATH = "/api/labels";

const form = document.getElementById("labels");
const problem = document.getElementById("problem");
const state = document.getElementById("state");
const paper = document.getElementById("paper");

const found = document.getElementById("found");
const CODE = /^[\d(]|\/|^[A-Z]{2,}:/; // a code rather than a name

let picks = []; // {template, code, count, name}: what is printed together
let chosen = ""; // the name of the goods that were found last
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

async function search(query) {
  const answer = await attempt(() => request("GET", `/api/goods?q=${encodeURIComponent(query)}`));
  if (!answer) return;
  found.hidden = false;
  found.replaceChildren(...answer.goods.map((goods) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: `${nameOf(goods)}, ${goods.net}` });
    button.addEventListener("click", () => {
      form.elements.code.value = goods.gtin;
      changed();
      chosen = nameOf(goods);
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  if (answer.goods.length === 0) tell(() => say("found_none"));
}

function changed(event) {
  tell(null);
  clearTimeout(timer);
  found.hidden = true;
  if (event?.target === form.elements.code) chosen = "";
  const asked = wanted();
  if (!asked.code) return;
  const show = CODE.test(asked.code) ? () => attempt(() => paint(paper, `${PATH}/preview`, asked)) : () => search(asked.code);
  timer = setTimeout(show, PAUSE);
}

function drawPicks() {
  document.getElementById("picks").replaceChildren(...picks.map((pick) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("span"), { textContent: say("picked", pick) }));
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "×" });
    remove.setAttribute("aria-label", say("remove", pick));
    remove.addEventListener("click", () => {
      picks = picks.filter((other) => other !== pick);
      drawPicks();
    });
    item.append(remove);
    return item;
  }));
}

document.getElementById("pick").addEventListener("click", () => {
  const one = wanted();
  if (!CODE.test(one.code)) return;
  picks.push({ ...one, name: chosen || one.code.slice(-24) });
  form.elements.code.value = "";
  changed();
  drawPicks();
  form.elements.code.focus();
});

form.addEventListener("input", changed);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  // What stands in the fields is meant too; what was refused stays in the list.
  if (CODE.test(wanted().code)) picks.push({ ...wanted(), name: chosen || wanted().code.slice(-24) });
  form.elements.code.value = "";
  changed();
  const numbers = [];
  while (picks.length > 0) {
    const [{ template, code, count }] = picks;
    const answer = await attempt(() => request("POST", PATH, { template, code, count }));
    if (!answer) break;
    numbers.push(answer.number);
    picks.shift();
  }
  drawPicks();
  if (picks.length === 0 && numbers.length > 0) tell(null, numbers.join("; "));
});
onLanguage(() => {
  names();
  drawPicks();
  tell(trouble, queued);
});
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
names();
form.elements.code.focus();
wireStrip();
