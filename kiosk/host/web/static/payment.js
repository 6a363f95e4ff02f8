// How a customer pays: cash with its change, and the rest, or all of it, by VietQR or card.

import { likelyAmounts, readAmount, wireAmount } from "./cash.js";
import { wireDialog } from "./dialogs.js";
import { digits, dong } from "./format.js";
import { onLanguage, say } from "./words.js";

const byId = (id) => document.getElementById(id);
const cash = byId("cash");
const { bank, account, holder } = document.body.dataset;

const KEPT = "buyer"; // whose invoice, for one basket

let basket = null;
let frozen = false; // a sale whose end is not known: nothing may change

const rest = () => Math.max(0, basket.total - (readAmount(cash.value) ?? 0));
const cashPart = () => {
  const amount = readAmount(cash.value) ?? 0;
  return amount > 0 ? [{ kind: "cash", amount }] : [];
};

/** Wires the payment. `pay(payments)` sells; `refuse(sentence)` says what is missing. */
export function wirePayment(pay, refuse) {
  wireAmount(cash, () => {
    refuse(null);
    drawChange();
  });
  byId("pay-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (frozen) return pay(null);
    const amount = readAmount(cash.value);
    if (!sellable(refuse)) return;
    if (amount === null || amount < basket.total) {
      cash.focus();
      return refuse(() => say("pay_short", { amount: dong(rest()) }));
    }
    pay([{ kind: "cash", amount }]);
  });
  byId("pay-vietqr").addEventListener("click", () => {
    if (sellable(refuse)) showQr();
  });
  byId("pay-card").addEventListener("click", () => {
    if (!sellable(refuse)) return;
    byId("card-title").textContent = say("card_title", { amount: dong(rest()) });
    byId("card-dialog").showModal();
  });
  const sell = (dialog, payment) => {
    byId(dialog).close();
    pay([...cashPart(), { ...payment, amount: rest() }]);
  };
  byId("vietqr-arrived").addEventListener("click", () => sell("vietqr-dialog", { kind: "vietqr", confirmed: true }));
  byId("vietqr-later").addEventListener("click", () => sell("vietqr-dialog", { kind: "vietqr" }));
  byId("card-done").addEventListener("click", () => sell("card-dialog", { kind: "card" }));
  wireDialog(byId("vietqr-dialog"));
  wireDialog(byId("card-dialog"));
  byId("buyer").addEventListener("click", () => {
    const kept = buyerOf() ?? {};
    for (const name of ["name", "tax_code", "address"]) byId("buyer-form").elements[name].value = kept[name] ?? "";
    byId("buyer-dialog").showModal();
  });
  wireDialog(byId("buyer-dialog"), async (form) => {
    const buyer = {};
    for (const name of ["name", "tax_code", "address"]) {
      if (form.elements[name].value.trim()) buyer[name] = form.elements[name].value.trim();
    }
    if (buyer.tax_code && !/^(\d{10}(-\d{3})?|\d{12})$/.test(buyer.tax_code)) return () => say("buyer_wrong");
    sessionStorage.setItem(KEPT, JSON.stringify({ basket: basket.id, buyer }));
    drawPayment(basket, frozen);
    return null;
  });
  onLanguage(() => { if (basket?.open) drawPayment(basket, frozen); });
}

/** Who wants an invoice for this basket; null for nobody. */
export function buyerOf() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return kept?.basket === basket?.id && Object.keys(kept?.buyer ?? {}).length > 0 ? kept.buyer : null;
}

/** Shows what is to pay; `unsettled` holds everything as it was sent. */
export function drawPayment(news, unsettled) {
  basket = news;
  frozen = unsettled;
  const { total, lines } = basket;
  const off = lines.reduce((sum, line) => sum + (line.discount ?? 0), 0);
  byId("total").textContent = dong(total);
  byId("reduced-row").hidden = off === 0;
  byId("reduced").textContent = off ? `−${dong(off)}` : "";
  cash.readOnly = frozen;
  const amounts = lines.length && !frozen ? [total, ...likelyAmounts(total)] : [];
  byId("quick").replaceChildren(...amounts.map((amount, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = place === 0 ? say("exact") : digits(amount);
    button.addEventListener("click", () => {
      cash.value = digits(amount);
      cash.dispatchEvent(new Event("input"));
      cash.focus();
    });
    return button;
  }));
  byId("buyer").textContent = buyerOf()?.name ?? buyerOf()?.tax_code ?? say("buyer");
  drawChange();
}

function drawChange() {
  if (!basket) return;
  const received = readAmount(cash.value);
  const shown = received !== null && basket.lines.length > 0;
  byId("change-row").dataset.short = String(shown && received < basket.total);
  byId("change-label").textContent = say(shown && received < basket.total ? "short" : "change");
  byId("change").textContent = shown ? dong(Math.abs(received - basket.total)) : "–";
  const open = basket.lines.length > 0 && rest() > 0 && !frozen;
  for (const kind of ["vietqr", "card"]) {
    const part = open && rest() < basket.total;
    byId(`pay-${kind}`).textContent = part ? say(`rest_${kind}`, { amount: dong(rest()) }) : say(`pay_${kind}`);
    byId(`pay-${kind}`).disabled = !open;
  }
  byId("pay-vietqr").hidden = account === "";
}

/** Whether everything in the basket has a price; else says what is missing. */
function sellable(refuse) {
  if (basket.lines.length === 0) refuse(() => say("pay_empty"));
  else if (basket.lines.some((line) => line.price === 0 && line.list === null)) refuse(() => say("price_missing"));
  else return true;
  return false;
}

function showQr() {
  const amount = dong(rest());
  const cashGiven = readAmount(cash.value) ?? 0;
  byId("vietqr-title").textContent = say("vietqr_title", { amount });
  byId("vietqr-picture").src = `/api/vietqr.svg?basket=${basket.id}&amount=${rest()}`;
  byId("vietqr-picture").alt = say("vietqr_picture", { amount, account });
  byId("vietqr-account").textContent = [bank, account, holder].filter(Boolean).join(" · ");
  byId("vietqr-says").textContent = basket.reference;
  byId("vietqr-rest").textContent = cashGiven ? say("vietqr_rest", { amount: dong(cashGiven) }) : "";
  byId("vietqr-dialog").showModal();
}
