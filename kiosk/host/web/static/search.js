// Goods by a few letters of their name, and those that are often sold: one list below the field, by keys and touch.

import { dong, pack } from "./format.js";
import { Refusal, request } from "./requests.js";
import { nameOf, onLanguage, say } from "./words.js";

const PAUSE = 160; // ms after the last key; a scanner is done by then

const byId = (id) => document.getElementById(id);
const input = byId("code");
const list = byId("found");
const often = byId("often");

let goods = []; // as shown
let at = -1; // which of them Enter takes
let mode = "closed"; // "found", "often"
let timer = 0;
let asked = 0;

/** Whether what was typed is a code to be looked up, not words to be searched. */
export const isCode = (text) => /^[\d .-]{6,}$/.test(text) || /[/()\]]/.test(text);

/** What Enter takes: the marked goods, null if the list is closed or empty. */
export const marked = () => (mode === "found" ? goods[Math.max(at, 0)] ?? null : goods[at] ?? null);

export function closeSearch() {
  clearTimeout(timer);
  asked += 1;
  show("closed", []);
}

/** Looks for what stands in the field at once; true if anything was found. */
export async function searchNow() {
  clearTimeout(timer);
  await find(input.value.trim());
  return goods.length > 0;
}

/** Wires the list; `choose(item)` hears which goods a person took. */
export function wireSearch(choose) {
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const text = input.value.trim();
    if (text === "" || isCode(text)) return closeSearch();
    timer = setTimeout(() => find(text), PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && mode !== "closed") closeSearch();
    if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || goods.length === 0) return;
    event.preventDefault();
    at = event.key === "ArrowDown" ? Math.min(at + 1, goods.length - 1) : Math.max(at - 1, 0);
    mark();
  });
  list.addEventListener("click", (event) => {
    const place = event.target.closest("[data-place]")?.dataset.place;
    if (place !== undefined) choose(goods[Number(place)]);
  });
  often.addEventListener("click", () => (mode === "often" ? closeSearch() : showOften()));
  onLanguage(drawGoods);
}

async function find(text) {
  const number = ++asked;
  const found = await ask(`/api/goods?q=${encodeURIComponent(text)}`);
  if (number === asked && found) show("found", found);
}

export async function showOften() {
  const number = ++asked;
  const found = await ask("/api/favourites");
  if (number === asked && found) show("often", found);
}

async function ask(path) {
  try {
    return (await request("GET", path)).goods;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.status === 401) location.reload();
    return null;
  }
}

function show(next, found) {
  mode = next;
  goods = found;
  at = next === "found" && found.length > 0 ? 0 : -1;
  drawGoods();
}

function drawGoods() {
  byId("goods").hidden = mode === "closed";
  byId("goods").dataset.mode = mode;
  input.setAttribute("aria-expanded", String(mode !== "closed" && goods.length > 0));
  often.setAttribute("aria-expanded", String(mode === "often"));
  byId("found-none").textContent = mode === "closed" || goods.length ? "" : say(mode === "often" ? "favourites_none" : "found_none");
  list.hidden = goods.length === 0;
  list.replaceChildren(...goods.map((item, place) => {
    const option = document.createElement("li");
    option.id = `found-${place}`;
    option.setAttribute("role", "option");
    option.dataset.place = place;
    const name = document.createElement("strong");
    name.textContent = nameOf(item);
    const more = document.createElement("span");
    more.textContent = [pack(item), item.stamped ? say("with_stamp") : item.producer].filter(Boolean).join(" · ");
    const price = document.createElement("span");
    price.className = "price";
    price.textContent = item.price ? dong(item.price) : say("no_price");
    option.append(name, more, price);
    if (item.photo) {
      const photo = document.createElement("img");
      photo.className = "photo";
      photo.src = `/photos/${item.photo}`;
      photo.alt = "";
      option.prepend(photo);
    }
    return option;
  }));
  mark();
}

function mark() {
  for (const option of list.children) option.setAttribute("aria-selected", String(Number(option.dataset.place) === at));
  const option = list.children[at];
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}
