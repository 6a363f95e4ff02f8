// The shift: opened with a float, what came and went, counted note by note and closed with its Z report.

import { once, unknownEnd } from "./attempts.js";
import { readAmount, wireAmount } from "./cash.js";
import { element, sum } from "./elements.js";
import { digits, dong, moment } from "./format.js";
import { Refusal, request } from "./requests.js";
import { wireStrip } from "./strip.js";
import { languageButtons, onLanguage, say, setLanguage } from "./words.js";
import { listenForScans } from "./wedge.js";

const NOTES = [500000, 200000, 100000, 50000, 20000, 10000, 5000, 2000, 1000];

const byId = (id) => document.getElementById(id);
const openForm = byId("open-form");
const moveForm = byId("move-form");
const closeForm = byId("close-form");
const counted = closeForm.elements.counted;

let now = null; // {open, last, left}
let trouble = null;
let told = null;
let busy = false;
let sure = false; // whether closing was pressed once

async function act(work) {
  if (busy) return;
  busy = true;
  trouble = told = null;
  try {
    await work();
    now = await request("GET", "/api/shift");
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.status === 401) location.reload();
    trouble = () => (unknownEnd(refusal) ? `${refusal.sentence} ${say("unknown_end")}` : refusal.sentence);
  } finally {
    busy = false;
    draw();
  }
}

function sums(report) {
  const net = report.sold - report.refunded - report.voided;
  const rows = [sum(say("sales", { count: report.sales, items: report.items }), dong(report.sold))];
  if (report.discounts) rows.push(sum(say("discounts"), dong(report.discounts)));
  if (report.refunds) rows.push(sum(say("refunds", { count: report.refunds }), `−${dong(report.refunded)}`));
  if (report.voids) rows.push(sum(say("voids", { count: report.voids }), `−${dong(report.voided)}`));
  rows.push(sum(say("net"), dong(net), true));
  for (const { rate, amount } of report.vat) rows.push(sum(say("vat", { rate }), dong(amount)));
  for (const { kind, taken, given } of report.payments) rows.push(sum(say(`kind_${kind}`), dong(taken - given)));
  for (const { number, amount } of report.waiting) rows.push(sum(`${say("waiting")} ${number}`, dong(amount)));
  return rows;
}

function drawer({ cash, moves }) {
  const rows = [sum(say("float"), dong(cash.float)), sum(say("taken"), dong(cash.taken))];
  if (cash.given) rows.push(sum(say("given"), `−${dong(cash.given)}`));
  for (const { direction, amount, reason } of moves) {
    rows.push(sum(`${say(direction)}: ${reason}`, direction === "in" ? dong(amount) : `−${dong(amount)}`));
  }
  rows.push(sum(say("expected"), dong(cash.expected), true));
  return rows;
}

const off = (amount) => say(amount === 0 ? "right" : amount > 0 ? "over" : "short", { amount: dong(Math.abs(amount)) });

function draw() {
  byId("problem").textContent = trouble ? trouble() : "";
  byId("told").textContent = told ? told() : "";
  if (!now) return;
  const { open, last } = now;
  byId("closed").hidden = open !== null;
  byId("opened").hidden = open === null;
  if (!open && !openForm.elements.cash.value) openForm.elements.cash.value = digits(now.left);
  if (open) {
    byId("open-title").textContent = say("open_title", { name: open.opened_by, time: moment(open.opened_at) });
    byId("sums").replaceChildren(...sums(open));
    byId("float-not-counted").hidden = open.float_counted;
    byId("drawer").replaceChildren(...drawer(open));
    drawDifference();
  }
  byId("last").hidden = last === null || open !== null;
  if (last) {
    byId("last-title").textContent = say("last", { count: last.count });
    byId("last-closed").textContent = say("last_closed", { time: moment(last.at), name: last.closed_by });
    byId("last-sums").replaceChildren(
      ...sums(last), sum(say("expected"), dong(last.cash.expected)), sum(say("counted"), dong(last.counted)),
      sum(off(last.difference), "", true),
    );
  }
}

function drawDifference() {
  const amount = readAmount(counted.value);
  const wrong = amount === null ? 0 : amount - now.open.cash.expected;
  byId("difference").textContent = amount === null ? "" : off(wrong);
  byId("difference").dataset.off = String(wrong !== 0);
  byId("close-send").textContent = say(sure ? "close_again" : "close_send");
}

// Note by note.

byId("notes").append(...NOTES.map((note) => {
  const label = element("label");
  const field = document.createElement("input");
  field.inputMode = "numeric";
  field.maxLength = 5;
  field.autocomplete = "off";
  field.dataset.note = note;
  field.setAttribute("aria-label", say("count_notes", { note: digits(note) }));
  label.append(element("span", digits(note)), field);
  return label;
}));
byId("notes").addEventListener("input", () => {
  const fields = [...byId("notes").querySelectorAll("[data-note]")];
  for (const field of fields) field.value = field.value.replace(/\D/g, "");
  counted.value = digits(fields.reduce((all, field) => all + Number(field.dataset.note) * Number(field.value || 0), 0));
});
closeForm.addEventListener("input", () => {
  sure = false;
  drawDifference();
});

wireAmount(openForm.elements.cash);
wireAmount(moveForm.elements.amount);
wireAmount(counted);
openForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const cash = readAmount(openForm.elements.cash.value);
  if (cash === null) return openForm.elements.cash.focus();
  return act(async () => {
    await once("/api/shift", { cash });
    openForm.reset();
  });
});
moveForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const { direction, amount, reason } = moveForm.elements;
  const body = { direction: direction.value, amount: readAmount(amount.value), reason: reason.value.trim() };
  if (!body.amount || !body.reason) {
    trouble = () => say("move_wrong");
    return draw();
  }
  return act(async () => {
    await once("/api/shift/cash", body);
    moveForm.reset();
    told = () => say("moved");
  });
});
closeForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const amount = readAmount(counted.value);
  if (amount === null) {
    trouble = () => say("count_needed");
    return draw();
  }
  if (!sure) {
    sure = true;
    return drawDifference();
  }
  return act(async () => {
    await once("/api/shift/close", { counted: amount });
    sure = false;
    closeForm.reset();
    told = () => say("queued", { number: `Z ${now.last.count}` });
  });
});
byId("print-x").addEventListener("click", () => act(async () => {
  const { number } = await request("POST", "/api/shift/print");
  told = () => say("queued", { number });
}));
byId("print-z").addEventListener("click", () => act(async () => {
  const { number } = await request("POST", `/api/shifts/${now.last.seq}/print`);
  told = () => say("queued", { number });
}));
listenForScans(() => {
  trouble = () => say("is_bar_code");
  draw();
});
onLanguage(() => {
  for (const field of byId("notes").querySelectorAll("[data-note]")) {
    field.setAttribute("aria-label", say("count_notes", { note: digits(Number(field.dataset.note)) }));
  }
  draw();
});
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
act(async () => {});
wireStrip();
