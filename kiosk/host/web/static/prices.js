// What this outlet asks for its goods, and which of them are often sold.

import { readAmount, wireAmount } from "./cash.js";
import { element } from "./elements.js";
import { digits, dong, pack } from "./format.js";
import { Refusal, request } from "./requests.js";
import { wireStrip } from "./strip.js";
import { languageButtons, nameOf, onLanguage, say, setLanguage } from "./words.js";
import { listenForScans } from "./wedge.js";

const MOST_FAVOURITES = 24;

const byId = (id) => document.getElementById(id);
const mayPrice = document.body.dataset.mayPrice === "yes";

let goods = [];
let favourites = [];
let trouble = null;
let told = null;

/** Small letters without marks: the page's own list is filtered here, as the service searches. */
const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();

async function attempt(work) {
  trouble = told = null;
  try {
    await work();
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.status === 401) location.reload();
    trouble = () => refusal.sentence;
  }
  tell();
}

function tell() {
  byId("problem").textContent = trouble ? trouble() : "";
  byId("told").textContent = told ? told() : "";
}

function row(item) {
  const made = element("tr");
  made.dataset.words = fold(`${item.name} ${item.name_en} ${item.net} ${item.producer} ${item.gtin}`);
  const name = element("th", nameOf(item));
  name.scope = "row";
  name.append(element("small", `${pack(item)} · ${item.producer}`));
  const own = element("td");
  const field = document.createElement("input");
  field.inputMode = "numeric";
  field.maxLength = 14;
  field.autocomplete = "off";
  field.value = item.own === null ? "" : digits(item.own);
  field.disabled = !mayPrice;
  field.setAttribute("aria-label", say("own_of", { name: nameOf(item) }));
  wireAmount(field);
  field.addEventListener("change", () => attempt(async () => {
    const price = readAmount(field.value);
    await request("PUT", `/api/prices/${item.gtin}`, { price });
    item.own = price;
    told = () => say("saved", { name: nameOf(item), price: price === null ? say("back_to_suggested") : dong(price) });
  }));
  own.append(field);
  const often = element("td");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = favourites.includes(item.gtin);
  box.setAttribute("aria-label", say("favourite", { name: nameOf(item) }));
  box.addEventListener("change", () => attempt(async () => {
    const wanted = box.checked ? [...favourites, item.gtin] : favourites.filter((gtin) => gtin !== item.gtin);
    if (wanted.length > MOST_FAVOURITES) {
      box.checked = false;
      trouble = () => say("too_many");
      return;
    }
    await request("PUT", "/api/favourites", { gtins: wanted });
    favourites = wanted;
  }));
  const target = element("label", "", "check");
  target.append(box);
  often.append(target);
  made.append(name, element("td", item.suggested ? dong(item.suggested) : say("no_price")), own, often);
  return made;
}

function draw() {
  byId("rows").replaceChildren(...goods.map(row));
  filter();
  tell();
}

function filter() {
  const words = fold(byId("filter").value).split(/\s+/);
  let shown = 0;
  for (const one of byId("rows").children) {
    one.hidden = !words.every((word) => one.dataset.words.includes(word));
    shown += one.hidden ? 0 : 1;
  }
  byId("none").hidden = shown > 0;
}

byId("filter").addEventListener("input", filter);
listenForScans((text) => {
  byId("filter").value = /^\d{8,14}$/.test(text) ? text : /\/01\/(\d{14})/.exec(text)?.[1] ?? "";
  filter();
});
onLanguage(draw);
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
attempt(async () => {
  goods = (await request("GET", "/api/prices")).prices;
  const often = await request("GET", "/api/favourites");
  favourites = often.chosen ? often.goods.map(({ gtin }) => gtin) : [];
  draw();
});
byId("filter").focus();
wireStrip();
