// The till. The basket lives in the service; this page shows it, asks for changes, and takes the cash.

import { likelyAmounts, readAmount } from "./cash.js";
import { listen } from "./events.js";
import { digits, dong } from "./format.js";
import { wireKeypad } from "./keypad.js";
import { draw, lookOf } from "./looks.js";
import { showQueue } from "./printing.js";
import { Refusal, request } from "./requests.js";
import { showStatus } from "./status.js";
import { half, language, languageButtons, onLanguage, say, setLanguage } from "./words.js";

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
  if (approval.open) approval.close(); // it was for another scan
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
  }
}

const openBasket = () => act(async () => {
  sold = null;
  forget("sold");
  adopt(await request("POST", "/api/basket"));
});

const addCode = () => act(async () => {
  const text = code.value.trim();
  code.value = "";
  const answer = await request("POST", "/api/scans", { text, reader: "keyboard" });
  if (answer?.verdict) scanned({ place: "till", ...answer });
});

function pay() {
  if (busy || !basket?.open) return;
  if (unsettled() && kept("attempt").basket !== basket.id) return settle();
  const sale = attempt(basket.id);
  if (!sale.body) {
    const paid = readAmount(cash.value);
    if (basket.lines.length === 0) return refuse(() => say("pay_empty"));
    if (paid === null || paid < basket.total) {
      cash.focus();
      const total = basket.total;
      return refuse(() => say("pay_short", { amount: dong(total - (paid ?? 0)) }));
    }
    const lines = basket.lines.map(({ code: text, gtin, qty, price, approval }) =>
      ({ ...(text ? { code: text } : { gtin }), qty, price, ...(approval ? { approval } : {}) }));
    sale.body = JSON.stringify({ basket: basket.id, lines, payments: [{ kind: "cash", amount: paid }] });
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
  if (!basket?.open) return;
  const drawn = byId("lines");
  const grew = basket.lines.length > drawn.children.length;
  drawn.replaceChildren(...basket.lines.map(drawLine));
  if (grew) drawn.lastElementChild.scrollIntoView({ block: "nearest" });
  byId("empty").hidden = basket.lines.length > 0;
  drawn.hidden = basket.lines.length === 0;
  byId("count").textContent = basket.lines.length ? say("basket_count", { count: basket.lines.length }) : "";
  byId("total").textContent = dong(basket.total);
  byId("cancel").textContent = say(byId("cancel").dataset.sure ? "cancel_again" : "cancel_basket");
  cash.readOnly = unsettled();
  drawCash();
}

function drawLine(line) {
  const drawn = byId("line-template").content.firstElementChild.cloneNode(true);
  const look = lookOf(line);
  const words = line.text[language()];
  drawn.dataset.look = look;
  drawn.dataset.line = line.n;
  draw(drawn.querySelector(".look"), look);
  drawn.querySelector(".line-name").textContent = line.name;
  drawn.querySelector(".line-serial").textContent = [
    line.serial && say("serial", { serial: line.serial }),
    line.qty > 1 || !line.serial ? `${line.qty} ${line.unit} × ${dong(line.price)}` : line.unit,
  ].filter(Boolean).join(" · ");
  drawn.querySelector(".line-verdict").textContent = line.approval
    ? `${words.title} · ${say("approved")}` : words.title;
  drawn.querySelector(".line-amount").textContent = dong(line.amount);
  const remove = drawn.querySelector(".remove");
  remove.setAttribute("aria-label", say("remove", { name: line.name }));
  remove.addEventListener("click", () => act(async () => {
    adopt(await request("DELETE", `/api/basket/lines/${line.n}`));
  }));
  return drawn;
}

function drawCash() {
  const { total } = basket;
  const amounts = basket.lines.length && !unsettled() ? [total, ...likelyAmounts(total)] : [];
  byId("quick").replaceChildren(...amounts.map((amount, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = place === 0 ? say("exact") : digits(amount);
    button.addEventListener("click", () => setCash(amount));
    return button;
  }));
  drawChange();
}

function drawChange() {
  const received = readAmount(cash.value);
  const shown = received !== null && basket.lines.length > 0;
  byId("change-row").dataset.short = String(shown && received < basket.total);
  byId("change-label").textContent = say(shown && received < basket.total ? "short" : "change");
  byId("change").textContent = shown ? dong(Math.abs(received - basket.total)) : "–";
}

function setCash(amount) {
  cash.value = digits(amount);
  complaint = null;
  drawProblem();
  drawChange();
  cash.focus();
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
  card.querySelector(".scan-action").textContent = say(`action_${lastScan.action}`);
  // A refusal names the product in its own words; of what is sold one line is enough.
  const name = lastScan.action === "sell" ? lastScan.provenance?.product?.name : "";
  card.querySelector(".scan-title").textContent = [name, words.title].filter(Boolean).join(": ");
  card.querySelector(".scan-body").textContent = words.body;
  byId("approve").hidden = !(lastScan.action === "supervisor" && lastScan.code && basket?.open);
  byId("approve-what").textContent = words.title;
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
byId("log-out").addEventListener("click", () => act(async () => {
  await request("DELETE", "/api/session");
  location.reload();
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
  if (code.value.trim()) addCode();
  else cash.focus();
});
byId("pay-form").addEventListener("submit", (event) => {
  event.preventDefault();
  pay();
});
cash.addEventListener("input", () => {
  const amount = readAmount(cash.value);
  cash.value = amount === null ? "" : digits(amount);
  complaint = null;
  drawProblem();
  drawChange();
});
document.addEventListener("keydown", (event) => {
  if (view !== "open" || (event.key !== "F2" && event.key !== "F4")) return;
  event.preventDefault();
  const input = event.key === "F2" ? code : cash;
  input.focus();
  input.select();
});

// A supervisor's approval is for one code and one verdict; the service puts the line into the basket.

const approval = byId("approval");
const approvePin = byId("approve-pin");
const refuseApproval = (sentence) => { byId("approve-error").textContent = sentence; };

byId("approve").addEventListener("click", () => {
  approvePin.value = "";
  refuseApproval("");
  approval.showModal();
});
byId("approve-close").addEventListener("click", () => approval.close());
wireKeypad(byId("approve-form"), approvePin, () => refuseApproval(""));
byId("approve-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const pin = approvePin.value;
  approvePin.value = "";
  if (!/^[0-9]{6}$/.test(pin)) return refuseApproval(say("pin_length"));
  const { code: text, verdict } = lastScan;
  act(async () => {
    try {
      await request("POST", "/api/approvals", { pin, code: text, verdict });
      lastScan = null;
      approval.close();
    } catch (refusal) {
      if (refusal.status === 401) throw refusal;
      refuseApproval(refusal.sentence);
    }
  });
});

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
