// The idle screen's products: a few at a time, the next few every eight seconds.

import { element } from "./elements.js";
import { dong } from "./format.js";
import { showPhoto } from "./photo.js";
import { language, nameOf, onLanguage, say } from "./words.js";

const AT_A_TIME = 3;
const TURN = 8000; // ms

const list = document.getElementById("products");
const template = document.getElementById("product-template");
const still = matchMedia("(prefers-reduced-motion: reduce)");

let products = [];
let first = 0;

/** The shop's products, from the service's `products` event. */
export function showProducts(event) {
  products = event.products;
  first = 0;
  draw();
}

function draw() {
  const shown = Array.from({ length: Math.min(AT_A_TIME, products.length) }, (_, n) => products[(first + n) % products.length]);
  list.replaceChildren(...shown.map(offer));
}

function offer(product) {
  const item = template.content.cloneNode(true);
  if (document.getElementById(`icon-${product.group}`)) item.querySelector("use").setAttribute("href", `#icon-${product.group}`);
  showPhoto(item.querySelector(".photo"), item.querySelector(".icon"), product.photo);
  const name = item.querySelector(".offer-name");
  const english = language() === "en" && product.name_en;
  name.textContent = nameOf(product);
  name.lang = english ? "en" : "vi";
  const more = [say("stars", { stars: product.stars }), product.price == null ? "" : dong(product.price)];
  const parts = more.filter(Boolean).map((text) => element("span", text));
  item.querySelector(".offer-more").replaceChildren(...parts.flatMap((part) => [part, " "]));
  return item;
}

setInterval(() => {
  if (still.matches || products.length <= AT_A_TIME || list.closest("[hidden]")) return;
  first = (first + AT_A_TIME) % products.length;
  draw();
}, TURN);
onLanguage(draw);
