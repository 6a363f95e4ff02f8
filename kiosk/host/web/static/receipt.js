// The receipt's form: every change is shown as it would print, and nothing is kept until it is saved.

import { listenForScans } from "./wedge.js";
import { paint } from "./preview.js";
import { Refusal, request } from "./requests.js";
import { wireStrip } from "./strip.js";
import { half, languageButtons, onLanguage, say, setLanguage } from "./words.js";

const PAUSE = 250; // ms after the last key until a new picture is asked for
const LARGEST_LOGO = 768; // pixels; the printer has no more dots across
const PATH = "/api/receipt-settings";

const form = document.getElementById("settings");
const paper = document.getElementById("paper");
const problem = document.getElementById("problem");
const state = document.getElementById("state");
const removeLogo = document.getElementById("logo-remove");
const texts = ["name", "address", "tax_code", "header", "footer"];

let logo = null;
let timer = 0;
let said = ""; // key of the sentence in `state`
let trouble = null; // a function that says what is wrong in the shown language

const wanted = () => ({
  ...Object.fromEntries(texts.map((name) => [name, form.elements[name].value])),
  vat: Number(form.elements.vat.value) || 0,
  hidden: [...form.querySelectorAll("[name=show]:not(:checked)")].map((box) => box.value),
  logo,
});

function fill({ settings, template }) {
  for (const name of texts) form.elements[name].value = settings[name];
  form.elements.vat.value = settings.vat;
  for (const box of form.querySelectorAll("[name=show]")) box.checked = !settings.hidden.includes(box.value);
  logo = settings.logo;
  removeLogo.hidden = logo === null;
  complain(template ? () => half(template) : null);
  draw();
}

function complain(sentence) {
  trouble = sentence;
  problem.textContent = sentence ? sentence() : "";
}

function tell(key) {
  said = key;
  state.textContent = key ? say(key) : "";
}

async function draw() {
  try {
    await paint(paper, `${PATH}/preview`, wanted());
  } catch (refusal) {
    complain(() => refusal.sentence);
  }
}

function changed() {
  tell("unsaved");
  complain(null);
  clearTimeout(timer);
  timer = setTimeout(draw, PAUSE);
}

async function ask(method, path, body) {
  try {
    fill(await request(method, path, body));
    tell("saved");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    complain(() => error.sentence);
  }
}

/** A photograph from a telephone has millions of pixels: it is made smaller here, before it is sent. */
async function smaller(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LARGEST_LOGO / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.max(1, picture.width * scale), Math.max(1, picture.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

async function take(file) {
  let data;
  try {
    data = await smaller(file);
  } catch {
    complain(() => say("logo_unreadable"));
    return;
  }
  try {
    logo = await request("POST", `${PATH}/logo`, { file: data });
    removeLogo.hidden = false;
    changed();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    complain(() => error.sentence);
  }
}

form.addEventListener("input", (event) => {
  if (event.target.type !== "file") changed();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask("PUT", PATH, wanted());
});
document.getElementById("undo").addEventListener("click", () => ask("POST", `${PATH}/undo`));
document.getElementById("reset").addEventListener("click", () => ask("DELETE", PATH));
document.getElementById("logo").addEventListener("change", ({ target }) => {
  if (target.files.length > 0) take(target.files[0]);
  target.value = "";
});
removeLogo.addEventListener("click", () => {
  logo = null;
  removeLogo.hidden = true;
  changed();
});
onLanguage(() => {
  tell(said);
  complain(trouble);
});
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
request("GET", PATH).then(fill, (error) => complain(() => error.sentence));
wireStrip();
listenForScans(() => {}); // no scan becomes the shop's name
