// The shopper's screen: idle, or the answer to one scan. Everything shown is a reading of `current`.

import { listen } from "./events.js";
import { day, dong, fullMoment, pack } from "./format.js";
import { showProducts } from "./idle.js";
import { wireKeypad } from "./keypad.js";
import { draw, lookOf, proofOf } from "./looks.js";
import { showPhoto } from "./photo.js";
import { showPlace } from "./place.js";
import { request } from "./requests.js";
import { playLook } from "./sound.js";
import { language, languageButtons, nameOf, onLanguage, say, setLanguage } from "./words.js";

const REPORT = "shopper"; // the reason that one touch can give
const SHORTEST_TYPED = 8; // characters: an EAN-8

const body = document.body;
const byId = (id) => document.getElementById(id);
const result = byId("result");
const product = byId("product");
const typed = byId("typed");
const digits = byId("digits");
const reportWords = byId("report-words");
const sample = byId("sample");
const sampleAlways = !sample.hidden;
const idleAfter = Number(body.dataset.idleSeconds) * 1000;

let current = null; // the verdict event on the screen
let pair = []; // two events of stamps that were in view at once
let wholeStory = false;
let idleTimer = 0;

// Idle again after a while without a touch.

function stayAwake() {
  clearTimeout(idleTimer);
  if (!current && !typed.open && language() === "vi") return;
  idleTimer = setTimeout(goIdle, idleAfter);
  const bar = result.querySelector(".countdown");
  for (const animation of bar.getAnimations()) animation.cancel();
  bar.animate({ transform: ["scaleX(1)", "scaleX(0)"] }, { duration: idleAfter, fill: "forwards" });
}

function goIdle() {
  clearTimeout(idleTimer);
  current = null;
  pair = [];
  if (typed.open) typed.close();
  body.dataset.state = "idle";
  result.hidden = true;
  byId("home").hidden = true;
  byId("idle").hidden = false;
  sample.hidden = !sampleAlways;
  byId("heard").textContent = "";
  setLanguage("vi");
}

// The answer.

function show(event) {
  const received = performance.now();
  if (event.place && event.place !== "shopper") return;
  if (current && current.at === event.at && current.verdict === event.verdict) return; // heard twice
  const same = current && sameItem(current, event) && current.verdict === event.verdict;
  pair = current && together(current, event) ? [current, event] : [];
  present(event, event.repeated && same);
  if (!(event.repeated && same)) playLook(lookOf(event));
  performance.mark("verdict-received", { startTime: received });
  afterPaint(() => {
    const painted = performance.now();
    performance.mark("verdict-painted", { startTime: painted });
    // Milliseconds UTC, so that they compare with the times of the scan.
    body.dataset.receivedAt = String(performance.timeOrigin + received);
    body.dataset.paintedAt = String(performance.timeOrigin + painted);
    body.dataset.paintedVerdict = event.verdict;
  });
}

function present(event, again) {
  if (!again) {
    wholeStory = false;
    reportWords.dataset.say = "report";
    byId("report").disabled = false;
    product.scrollTop = 0;
  }
  current = event;
  const focused = document.activeElement;
  if (typed.open) typed.close();
  body.dataset.state = "result";
  result.hidden = false;
  byId("home").hidden = false;
  byId("idle").hidden = true;
  fill();
  if (focused !== body && !focused?.checkVisibility()) byId("verdict-title").focus();
  stayAwake();
}

/** Whether a camera sees the stamp on the screen beside the new one. */
const together = (shown, event) =>
  event.reader === shown.reader && event.beside === shown.at && !sameItem(shown, event) &&
  Boolean(shown.provenance?.serial && event.provenance?.serial);

const sameItem = (one, other) =>
  one.provenance?.gtin === other.provenance?.gtin && one.provenance?.serial === other.provenance?.serial;

/** Calls `done` right after the browser has painted the next frame. */
function afterPaint(done) {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(null);
  });
}

function put(field, text) {
  for (const element of result.querySelectorAll(`[data-field="${field}"]`)) element.textContent = text ?? "";
}

function row(name, shown) {
  for (const element of result.querySelectorAll(`[data-row="${name}"]`)) element.hidden = !shown;
}

/** A fact with its row; the row hides when there is nothing to say. */
function fact(name, text) {
  put(name, text);
  row(name, Boolean(text));
}

function fill() {
  if (!current) return;
  const { title, body: explanation } = current.text[language()];
  const look = lookOf(current);
  const proof = proofOf(current);
  const goods = current.provenance?.product ?? null;
  result.dataset.look = look;
  result.dataset.verdict = current.verdict;
  draw(result.querySelector(".look"), look);
  put("look", say(`look_${look}`));
  put("title", title);
  put("body", explanation);
  put("proof", goods || proof !== "none" ? say(`proof_${proof}`) : "");
  put("data_age", dataAge());
  fillPair();
  sample.hidden = !(sampleAlways || current.illustrative);
  product.hidden = !goods;
  byId("advice").hidden = Boolean(goods);
  row("retry", look !== "problem");
  row("aside", look === "problem");
  byId("type-again").hidden = look === "problem" && current.reader !== "keyboard";
  if (goods) fillProduct(current.provenance, goods, proof, look);
  reportWords.textContent = say(reportWords.dataset.say);
  fit(result.querySelector(".verdict"));
  byId("heard").textContent = `${say(`look_${look}`)}. ${title}. ${explanation}`;
}

function fillPair() {
  byId("seen").hidden = pair.length === 0;
  pair.forEach((event, place) => {
    const button = byId("seen").querySelectorAll("button")[place];
    const goods = event.provenance.product;
    const name = nameOf(goods) || event.text[language()].title;
    button.textContent = `${name}, ${event.provenance.serial}`;
    button.setAttribute("aria-pressed", String(event === current));
  });
}

/** Long words are set smaller; if even that is too much the panel scrolls, by keys too. */
function fit(panel) {
  const over = () => panel.scrollHeight > panel.clientHeight;
  panel.classList.remove("long");
  if (over()) panel.classList.add("long");
  panel.tabIndex = over() ? 0 : -1;
}

function fillProduct(known, goods, proof, look) {
  const english = language() === "en" && goods.name_en;
  put("name", nameOf(goods));
  result.querySelector('[data-field="name"]').lang = english ? "en" : "vi";
  put("name_other", english ? goods.name : "");
  result.querySelector('[data-field="name_other"]').lang = "vi";
  row("claimed", proof === "none");

  const drawing = byId(`icon-${goods.group}`) ? goods.group : "leaf";
  product.querySelector(".group use").setAttribute("href", `#icon-${drawing}`);
  showPhoto(product.querySelector(".photo"), product.querySelector(".group"), goods.photo);
  row("stars", goods.stars > 0);
  put("stars", say("stars", { stars: goods.stars }));
  const stars = result.querySelector(".stars");
  stars.setAttribute("aria-label", say("stars", { stars: goods.stars }));
  [...stars.children].forEach((star, place) => star.classList.toggle("lit", place < goods.stars));

  const item = known.trade_item;
  put("price", item?.price == null ? "" : dong(item.price));
  put("unit", item ? pack(item) : "");
  row("price", Boolean(item));

  fact("producer", known.producer?.name);
  const commune = [goods.commune, goods.district].filter(Boolean).join(", ");
  fact("commune", commune);
  showPlace(known.producer?.lat_e5, known.producer?.lon_e5, `${say("map")}: ${commune}`);
  const lot = known.lot;
  fact("produced", lot?.produced && day(lot.produced));
  fact("expires", lot && (lot.expires ? day(lot.expires) : say("no_expiry")));
  fact("lot", lot?.code);
  const until = goods.recognised_until && day(goods.recognised_until);
  fact("recognition", until && say(goods.decision ? "recognised_by" : "recognised", { until, decision: goods.decision }));

  for (const name of ["ingredients", "storage", "process"]) fact(name, goods[name]);
  fact("allergens", goods.allergens?.length ? goods.allergens.join(", ") : say("no_allergens"));
  // A story sells; it does not stand beside a stamp that somebody made up or that was called back.
  fillStory(look === "problem" ? "" : goods.story);
}

function fillStory(story) {
  const sentences = story?.match(/[^.!?…]+[.!?…]+["”’]?\s*|[^.!?…]+$/g) ?? [];
  const long = sentences.length > 2;
  fact("story", (wholeStory ? sentences : sentences.slice(0, 2)).join("").trim());
  const more = byId("more");
  more.hidden = !long;
  more.textContent = say(wholeStory ? "less" : "more");
  more.setAttribute("aria-expanded", String(wholeStory));
}

function dataAge() {
  if (!current.catalogue_issued) return say("data_missing");
  const late = current.catalogue_age === "stale" || current.catalogue_age === "old";
  return say(late ? "data_late" : "data_from", { when: fullMoment(current.catalogue_issued) });
}

// What a shopper can touch.

byId("home").addEventListener("click", goIdle);

byId("seen").querySelectorAll("button").forEach((button, place) => {
  button.addEventListener("click", () => present(pair[place], false));
});

byId("more").addEventListener("click", () => {
  wholeStory = !wholeStory;
  fill();
});

byId("report").addEventListener("click", async () => {
  const reported = current;
  byId("report").disabled = true;
  let key = "report_sent";
  try {
    await request("POST", "/api/reports", { reason: REPORT, at: reported.at });
  } catch {
    key = "report_failed";
  }
  if (current !== reported) return;
  reportWords.dataset.say = key;
  reportWords.textContent = say(key);
  byId("report").disabled = key === "report_sent";
});

function openTyped() {
  digits.value = "";
  complain("");
  typed.showModal();
  digits.focus();
  stayAwake();
}

const complain = (sentence) => { byId("typed-error").textContent = sentence; };

byId("type").addEventListener("click", openTyped);
byId("type-again").addEventListener("click", openTyped);
byId("typed-close").addEventListener("click", () => typed.close());
typed.addEventListener("close", () => { if (!current) clearTimeout(idleTimer); });
wireKeypad(byId("typed-form"), digits, () => complain(""));

byId("typed-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const send = byId("typed-send");
  if (send.disabled) return;
  const text = digits.value.trim();
  if (text.length < SHORTEST_TYPED) {
    complain(say("typed_short"));
    return;
  }
  send.disabled = true;
  try {
    const answer = await request("POST", "/api/scans", { text, reader: "keyboard" });
    if (answer?.text) show(answer); // the event says the same; this also works while the stream is down
  } catch (refusal) {
    complain(refusal.sentence);
  } finally {
    send.disabled = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && current && !typed.open) goIdle();
});
for (const kind of ["pointerdown", "keydown", "wheel"]) {
  document.addEventListener(kind, stayAwake, { passive: true, capture: true });
}

onLanguage(() => {
  byId("invite-other").hidden = language() === "en";
  fill();
});
languageButtons(stayAwake);
listen({ verdict: show, products: showProducts });
