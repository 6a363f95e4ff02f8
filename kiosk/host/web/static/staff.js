// The till. The basket lives in the service; this page shows it, asks for changes, and takes the cash.

import { askForApproval, closeApproval, refuseScan, wireApproval } from "./approval.js";
import { changeLine, wireChanges } from "./changes.js";
import { listen } from "./events.js";
import { askForFloat, wireFloat } from "./float.js";
import { dong } from "./format.js";
import { showHeld, wireHolding } from "./holding.js";
import { draw, lookOf } from "./looks.js";
import { buyerOf, drawPayment, wirePayment } from "./payment.js";
import { showQueue } from "./printing.js";
import { Refusal, request } from "./requests.js";
import { closeSearch, isCode, marked, searchNow, showOften, wireSearch } from "./search.js";
import { showStatus } from "./status.js";
import { listenForScans } from "./wedge.js";
import { half, language, languageButtons, nameOf, onLanguage, say, setLanguage } from "./words.js";

const ASK_AGAIN = 2000; // ms until a sale is asked about again whose answer got lost

const byId = (id) => document.getElementById(id);
const cash = byId("cash");
const code = byId("code");

let basket = null; // as the service last told it
let sold = null; // the last sale of this page: {basket, number, total, change, print}
let lastScan = null; // the last verdict of the till's readers
let status = null;
let complaint = null; // () => sentence
let busy = false; // one request of the clerk's at a time
const scans = []; // codes that wait for their turn: none is lost while another request is under way
let view = "waiting";

// A sale has one key from its first attempt to its 201, and its body is kept while its end is not known.

const kept = (name) => JSON.parse(sessionStorage.getItem(name) ?? "null");
const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
const forget = (name) => sessionStorage.removeItem(name);

function attempt(id) {
  const attempted = kept("attempt");
  return attempted?.basket === id ? attempted : { basket: id, key: crypto.randomUUID(), body: null };
}

const unknownEnd = (refusal) => refusal.status === 0 || refusal.status >= 500;

// What the service tells.

function adopt(news) {
  if (!news || !("lines" in news)) return;
  if (news.version < basket?.version) return; // an answer that an event has overtaken
  const changed = news.id !== basket?.id;
  basket = news;
  if (sold && basket.open && basket.id !== sold.basket) {
    sold = null;
    forget("sold");
  }
  if (changed) {
    cash.value = "";
    lastScan = null;
  }
  settle();
  drawAll();
}

function scanned(event) {
  if (event.place !== "till") return;
  lastScan = event;
  document.dispatchEvent(new Event("scan")); // somebody works here
  closeApproval(); // it was for another scan
  drawScan();
  byId("lines").scrollTop = byId("lines").scrollHeight; // the card takes room from the newest line
}

function printed(event) {
  showQueue();
  if (!sold || event.number !== sold.number) return;
  sold.print = event;
  keep("sold", sold);
  drawPaid();
}

/** A sale whose end was not known, and whose basket is gone: the same request again tells its end. */
function settle() {
  const attempted = kept("attempt");
  if (!busy && attempted?.body && !(basket?.open && basket.id === attempted.basket)) send(attempted);
}

// What the clerk does. Every action but paying goes through `act`: one at a time, refusals become sentences.

async function act(work) {
  if (busy) return;
  busy = true;
  complaint = null;
  drawBusy();
  try {
    await work();
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.status === 401) location.reload(); // the session has ended
    complaint = () => refusal.sentence;
  } finally {
    busy = false;
    drawAll();
    nextScan();
  }
}

const openBasket = () => act(async () => {
  sold = null;
  forget("sold");
  adopt(await request("POST", "/api/basket"));
});

function scan(text) {
  scans.push(text);
  return nextScan();
}

function nextScan() {
  if (view !== "open") scans.length = 0; // they were for a basket that is closed
  if (scans.length === 0) return null;
  return act(async () => {
    const answer = await request("POST", "/api/scans", { text: scans.shift(), reader: "keyboard" });
    if (answer?.verdict) scanned({ place: "till", ...answer });
  });
}

/** What stands in the field: a code to look up, or words that mean some goods. */
async function addTyped() {
  const text = code.value.trim();
  if (text === "" || isCode(text)) {
    code.value = "";
    closeSearch();
    return text === "" ? cash.focus() : scan(text);
  }
  if (marked() || (await searchNow())) return choose(marked());
  return null;
}

function choose(item) {
  if (!item) return;
  code.value = "";
  closeSearch();
  code.focus();
  act(async () => {
    const answer = await request("POST", "/api/basket/lines", { gtin: item.gtin });
    adopt(answer.basket);
    scanned({ place: "till", ...answer.event });
    const line = basket.lines.find((one) => one.gtin === item.gtin && one.price === 0 && one.list === null);
    if (line) changeLine(line);
  });
}

/** Sells the basket for these payments; null asks again about a sale whose end is not known. */
function pay(payments) {
  if (busy || !basket?.open) return;
  if (unsettled() && kept("attempt").basket !== basket.id) return settle();
  const sale = attempt(basket.id);
  if (!sale.body) {
    if (!payments) return;
    const lines = basket.lines.map(({ code: text, gtin, qty, price, discount, approval }) => ({
      ...(text ? { code: text } : { gtin }), qty, price, ...(discount ? { discount } : {}), ...(approval ? { approval } : {}),
    }));
    const buyer = buyerOf();
    sale.body = JSON.stringify({ basket: basket.id, lines, payments, ...(buyer ? { buyer } : {}) });
  }
  send(sale);
}

function refuse(sentence) {
  complaint = sentence;
  drawProblem();
}

const send = (sale) => act(async () => {
  keep("attempt", sale);
  try {
    const { number, total, change } = await request("POST", "/api/sales", sale.body, { "Idempotency-Key": sale.key });
    forget("attempt");
    sold = { basket: sale.basket, number, total, change, print: null };
    keep("sold", sold);
  } catch (refusal) {
    if (unknownEnd(refusal)) setTimeout(settle, ASK_AGAIN);
    else keep("attempt", { ...sale, body: null });
    throw refusal;
  }
});

// Drawing: all of it from the state above.

function drawAll() {
  const next = nextView();
  for (const [id, of] of [["work", "open"], ["pay", "open"], ["closed", "closed"], ["paid", "paid"]]) {
    byId(id).hidden = next !== of;
  }
  document.body.dataset.view = next;
  drawBasket();
  drawScan();
  drawPaid();
  drawProblem();
  drawBusy();
  if (next !== view) {
    view = next;
    if (next === "closed") askForFloat();
    if (next === "open") code.focus();
    if (next === "closed") byId("open").focus();
    if (next === "paid") byId("next").focus();
  }
}

function nextView() {
  if (sold && (!basket?.open || basket.id === sold.basket)) return "paid";
  if (basket?.open) return "open";
  if (busy && kept("attempt")?.body) return view; // the basket closes a moment before the sale's answer comes
  return basket ? "closed" : "waiting";
}

function drawBusy() {
  for (const id of ["open", "next", "cancel", "pay-button", "approve-send", "print-again"]) byId(id).disabled = busy;
  byId("pay-button").textContent = busy ? say("paying") : say(unsettled() ? "pay_again" : "pay");
}

const unsettled = () => Boolean(kept("attempt")?.body);

function drawProblem() {
  const sentence = complaint?.() ?? (unsettled() && !busy ? say("pay_unknown") : "");
  byId("problem").textContent = unsettled() && complaint ? `${sentence} ${say("pay_unknown")}` : sentence;
}

function drawBasket() {
  showHeld(basket?.held);
  if (!basket?.open) return;
  const drawn = byId("lines");
  const grew = basket.lines.length > drawn.children.length;
  drawn.replaceChildren(...basket.lines.map(drawLine));
  if (grew) drawn.lastElementChild.scrollIntoView({ block: "nearest" });
  byId("empty").hidden = basket.lines.length > 0;
  drawn.hidden = basket.lines.length === 0;
  byId("count").textContent = basket.lines.length ? say("basket_count", { count: basket.lines.reduce((sum, one) => sum + one.qty, 0) }) : "";
  for (const id of ["hold", "reduce", "join"]) byId(id).hidden = basket.lines.length === 0;
  byId("cancel").textContent = say(byId("cancel").dataset.sure ? "cancel_again" : "cancel_basket");
  drawPayment(basket, unsettled());
}

function drawLine(line) {
  const drawn = byId("line-template").content.firstElementChild.cloneNode(true);
  const look = lookOf(line);
  const words = line.text[language()];
  drawn.dataset.look = look;
  drawn.dataset.line = line.n;
  draw(drawn.querySelector(".look"), look);
  drawn.querySelector(".line-name").textContent = nameOf(line);
  drawn.querySelector(".line-serial").textContent = [
    line.set ? `${line.set_name || say("set_name")} ${line.set}` : "",
    line.serial && say("serial", { serial: line.serial }),
    line.qty > 1 || !line.serial || line.discount ? `${line.qty} ${line.unit} × ${dong(line.price)}` : line.unit,
    line.discount ? `−${dong(line.discount)}` : "",
  ].filter(Boolean).join(" · ");
  drawn.querySelector(".line-verdict").textContent = line.approval
    ? `${words.title} · ${say("approved")}` : words.title;
  drawn.querySelector(".line-amount").textContent = line.price === 0 && line.list === null ? say("no_price") : dong(line.amount);
  const change = drawn.querySelector(".change");
  change.setAttribute("aria-label", line.needs_approval ? `${say("approve")}: ${nameOf(line)}` : say("change_line", { name: nameOf(line) }));
  change.addEventListener("click", () => (line.needs_approval ? askForApproval(line) : changeLine(line)));
  if (line.needs_approval) change.querySelector("use").setAttribute("href", "#icon-lock");
  if (line.set) drawn.dataset.set = line.set;
  const remove = drawn.querySelector(".remove");
  remove.setAttribute("aria-label", say("remove", { name: nameOf(line) }));
  remove.addEventListener("click", () => act(async () => {
    adopt(await request("DELETE", `/api/basket/lines/${line.n}`));
  }));
  return drawn;
}

/** What a scan comes to, in a word or two. */
function headline({ action, mistyped, verdict }) {
  if (mistyped) return say("action_type_again");
  return say(verdict === "in_basket" ? "action_once" : `action_${action}`);
}

function drawScan() {
  const card = byId("scan");
  card.hidden = !lastScan || sold !== null;
  if (card.hidden) return;
  const look = lastScan.action === "sell" ? "ok" : lookOf(lastScan);
  const words = (lastScan.staff_text ?? lastScan.text)[language()];
  const told = byId("told");
  if (!told.firstElementChild) told.append(byId("scan-template").content.cloneNode(true));
  card.dataset.look = look;
  card.dataset.action = lastScan.action;
  draw(card.querySelector(".look"), look);
  card.querySelector(".scan-action").textContent = headline(lastScan);
  // A refusal names the product in its own words; of what is sold one line is enough.
  const name = lastScan.action === "sell" ? nameOf(lastScan.provenance?.product) : "";
  card.querySelector(".scan-title").textContent = [name, words.title].filter(Boolean).join(": ");
  card.querySelector(".scan-body").textContent = words.body;
  byId("approve").hidden = !(lastScan.action === "supervisor" && lastScan.code && basket?.open);
}

function drawPaid() {
  if (!sold) return;
  byId("paid-number").textContent = sold.number;
  byId("paid-total").textContent = dong(sold.total);
  byId("paid-change").textContent = dong(sold.change);
  const { state = "queued", detail = "", picture = null } = sold.print ?? {};
  byId("print").dataset.state = state;
  byId("print-again").hidden = state === "queued" || state === "printing";
  byId("print").textContent = say(`print_${state}`, { detail: detail ? half(detail) : say("print_no_detail") });
  const image = byId("picture");
  byId("paper").hidden = !picture;
  byId("paper").setAttribute("aria-label", say("receipt_picture", { number: sold.number }));
  if (picture && image.getAttribute("src") !== picture) image.src = picture;
  image.alt = say("receipt_picture", { number: sold.number });
}

function drawStatus() {
  if (status) showStatus(byId("status"), status);
}

// Touch and keys.

byId("open").addEventListener("click", openBasket);
byId("next").addEventListener("click", openBasket);
byId("print-again").addEventListener("click", () => act(async () => {
  await request("POST", `/api/sales/${sold.number}/receipt`);
}));

byId("cancel").addEventListener("click", ({ currentTarget: button }) => {
  if (!button.dataset.sure && basket.lines.length > 0) {
    button.dataset.sure = "yes";
    drawBasket();
    return;
  }
  delete button.dataset.sure;
  act(async () => {
    const answer = await request("DELETE", "/api/basket");
    adopt(answer ?? { ...basket, open: false, lines: [], total: 0 });
  });
});
byId("cancel").addEventListener("blur", ({ currentTarget: button }) => {
  delete button.dataset.sure;
  if (basket?.open) drawBasket();
});

byId("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  addTyped();
});
wireSearch(choose);
wireChanges(() => basket, act, adopt);
wireHolding(act, adopt);
wireFloat(act);
wirePayment(pay, refuse);

const KEYS = {
  F2: () => { code.focus(); code.select(); },
  F3: () => { code.focus(); showOften(); },
  F4: () => { cash.focus(); cash.select(); },
  F8: () => byId("pay-vietqr").click(),
  F9: () => byId("pay-card").click(),
};
document.addEventListener("keydown", (event) => {
  if (view !== "open" || !KEYS[event.key] || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  KEYS[event.key]();
});
// A scanner that poses as a keyboard is heard wherever the focus stands, but not in a dialog.
listenForScans((text, field) => {
  if (refuseScan()) return;
  if (field.closest?.("dialog")) return;
  if (view === "open") scan(text);
});

byId("approve").addEventListener("click", () => askForApproval({ ...lastScan, text: lastScan.staff_text ?? lastScan.text }));
wireApproval(act, () => { lastScan = null; });

// Start: what this page knew before a reload, then what the service says.

async function refresh() {
  showQueue();
  try {
    adopt(await request("GET", "/api/basket"));
  } catch (refusal) {
    if (refusal.status === 401) location.reload(); // the session has ended
    if (refusal.status === 0) return; // the notice about the stream says it
    complaint = () => refusal.sentence;
    drawProblem();
  }
}

sold = kept("sold");
onLanguage(() => {
  drawAll();
  drawStatus();
});
languageButtons((chosen) => localStorage.setItem("language", chosen));
setLanguage(localStorage.getItem("language") ?? "vi");
listen(
  { verdict: scanned, basket: adopt, print: printed, status: (news) => { status = news; drawStatus(); } },
  refresh,
);
