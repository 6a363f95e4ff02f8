// Sales that were made: a day's list, one of them found by what the customer brings, and what can be done with it.

import { wireDialog } from "./dialogs.js";
import { element, sum } from "./elements.js";
import { day as dateOf, dong, fullMoment, moment } from "./format.js";
import { refund, undo, wireRefunds } from "./refund.js";
import { Refusal, request } from "./requests.js";
import { wireStrip } from "./strip.js";
import { language, languageButtons, nameOf, onLanguage, say, setLanguage } from "./words.js";
import { listenForScans } from "./wedge.js";

const byId = (id) => document.getElementById(id);
const find = byId("find");

let listed = null; // {day?, sales}
let day = null; // "2026-11-23", the shop's; null until the service has said which day it is
let sale = null; // the chosen one, whole
let trouble = null;
let told = null;
let busy = false;

async function act(work) {
  if (busy) return;
  busy = true;
  trouble = told = null;
  try {
    await work();
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.status === 401) location.reload();
    trouble = () => refusal.sentence;
  } finally {
    busy = false;
    drawAll();
  }
}

async function list() {
  listed = await request("GET", day ? `/api/sales?day=${day}` : "/api/sales");
  day = listed.day;
}

const turn = (days) => act(async () => {
  day = new Date(Date.parse(day) + days * 86400000).toISOString().slice(0, 10);
  await list();
});

const path = (more = "") => `/api/sales/${sale.number}${more}`;

const choose = (number) => act(async () => {
  sale = await request("GET", `/api/sales/${number}`);
});

const search = (text) => act(async () => {
  listed = await request("GET", `/api/sales?find=${encodeURIComponent(text)}`);
  sale = listed.sales.length > 0 ? await request("GET", `/api/sales/${listed.sales[0].number}`) : null;
});

function drawAll() {
  drawList();
  drawSale();
}

function drawList() {
  if (!listed) return;
  byId("day").textContent = day ? dateOf(day) : "";
  const open = listed.sales.filter((one) => one.undone !== "void");
  const total = open.reduce((all, one) => all + one.total - one.paid_back, 0);
  byId("sum").textContent = listed.sales.length === 0 ? say(listed.day ? "list_none" : "found_none")
    : say("list_sum", { count: open.length, total: dong(total) });
  byId("sales").replaceChildren(...listed.sales.map((one) => {
    const item = element("li");
    const button = element("button", "", "choice");
    button.type = "button";
    button.dataset.number = one.number;
    button.setAttribute("aria-pressed", String(one.number === sale?.number));
    const head = element("span", "", "head");
    head.append(element("strong", one.number), element("strong", dong(one.total)));
    const time = listed.day ? moment(one.at, one.at) : fullMoment(one.at);
    const more = [say("sale_one", { time, items: one.items, staff: one.staff }), badge(one)].filter(Boolean);
    button.append(head, element("span", more.join(" · "), one.undone || one.waiting > 0 ? "care" : ""));
    item.append(button);
    return item;
  }));
}

function badge(one) {
  if (one.undone === "void") return say("voided");
  if (one.waiting > 0) return say("waiting", { amount: dong(one.waiting) });
  return one.paid_back > 0 ? say("refunded", { amount: dong(one.paid_back) }) : "";
}

function drawSale() {
  byId("none").hidden = sale !== null;
  byId("chosen").hidden = sale === null;
  byId("problem").textContent = trouble ? trouble() : "";
  byId("told").textContent = told ? told() : "";
  const words = listed?.stamp?.text[language()];
  byId("stamp").textContent = words ? say("stamp_says", { title: words.title }) : "";
  if (!sale) return;
  byId("number").textContent = sale.number;
  byId("when").textContent = say("sale_one", { time: fullMoment(sale.at), items: sale.items, staff: sale.staff });
  byId("badge").hidden = badge(sale) === "";
  byId("badge").textContent = badge(sale);
  byId("rows").replaceChildren(...sale.lines.map((line) => {
    const row = element("tr");
    const name = element("th", nameOf(line));
    name.scope = "row";
    const more = [line.serial && say("stamp", { serial: line.serial }), line.returned ? say("returned", { count: line.returned }) : ""];
    if (more.some(Boolean)) name.append(element("small", more.filter(Boolean).join(" · ")));
    row.append(name, element("td", `${line.qty} ${line.unit}`), element("td", dong(line.amount)));
    return row;
  }));
  byId("money").replaceChildren(
    sum(say("total"), dong(sale.total), true),
    ...sale.payments.map(({ kind, amount }) => sum(say(`kind_${kind}`), dong(amount))),
    ...(sale.change ? [sum(say("change"), dong(sale.change))] : []),
  );
  byId("arrival").hidden = sale.waiting <= 0;
  byId("waiting").textContent = say("waiting", { amount: dong(sale.waiting) });
  const left = sale.lines.some((line) => line.returned < line.qty);
  byId("refund").disabled = !left;
  byId("void").disabled = sale.undone !== null;
  for (const id of ["print-again", "arrived"]) byId(id).disabled = busy;
}

byId("sales").addEventListener("click", ({ target }) => {
  const number = target.closest("[data-number]")?.dataset.number;
  if (number) choose(number);
});
byId("find-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = find.value.trim();
  find.value = "";
  if (text) search(text);
  else act(list);
});
byId("before").addEventListener("click", () => turn(-1));
byId("after").addEventListener("click", () => turn(1));
byId("print-again").addEventListener("click", () => act(async () => {
  await request("POST", path("/receipt"));
  told = () => say("queued");
}));
byId("arrived").addEventListener("click", () => act(async () => {
  sale = await request("POST", path("/arrival"));
  await list();
}));
byId("show-qr").addEventListener("click", () => {
  byId("qr").src = `/api/vietqr.svg?sale=${sale.number}`;
  byId("qr-dialog").showModal();
});
wireDialog(byId("qr-dialog"));
byId("refund").addEventListener("click", () => refund(sale));
byId("void").addEventListener("click", () => undo(sale));
wireRefunds((answer) => act(async () => {
  sale = await request("GET", path());
  await list();
  told = () => say("refund_done", { amount: dong(answer.total), number: answer.number });
}));
listenForScans((text, field) => { if (!field.closest?.("dialog")) search(text); });
onLanguage(drawAll);
languageButtons((chosen) => localStorage.setItem("language", chosen));
setLanguage(localStorage.getItem("language") ?? "vi");
act(list);
find.focus();
wireStrip();
