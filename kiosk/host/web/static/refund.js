// Goods that come back, and sales that are undone.

import { once, unknownEnd } from "./attempts.js";
import { wireDialog } from "./dialogs.js";
import { element } from "./elements.js";
import { dong } from "./format.js";
import { request } from "./requests.js";
import { nameOf, onLanguage, say } from "./words.js";

const byId = (id) => document.getElementById(id);
const refundForm = byId("refund-form");
const voidForm = byId("void-form");

let sale = null;
let leave = null; // a supervisor's approval of what the open dialog does

/** What `taken` of a line cost, after those that came back before: as the service counts it. */
const share = ({ amount, qty, returned }, taken) =>
  Math.floor((amount * (returned + taken)) / qty) - Math.floor((amount * returned) / qty);

const chosen = () => [...byId("refund-lines").children].map((item) => {
  const line = sale.lines.find((one) => one.line === Number(item.dataset.line));
  const field = item.querySelector("[name=qty]");
  const qty = field.type === "checkbox" ? Number(field.checked) : Number(field.value || 0);
  return { line, qty, unharmed: item.querySelector("[name=unharmed]").checked };
}).filter(({ qty }) => qty > 0);

const total = () => chosen().reduce((sum, { line, qty }) => sum + share(line, qty), 0);

/** Wires the two dialogs; `done(answer, what)` hears of what was written. */
export function wireRefunds(done) {
  wireDialog(byId("refund-dialog"), async (form) => {
    const lines = chosen().map(({ line, qty, unharmed }) => ({ line: line.line, qty, unharmed }));
    if (lines.length === 0) return () => say("refund_nothing");
    const reason = form.elements.reason.value.trim();
    const payments = total() ? [{ kind: form.elements.kind.value, amount: total() }] : [];
    const body = { lines, payments, ...(reason ? { reason } : {}) };
    return send("refund", form, `/api/sales/${sale.number}/refunds`, body, done);
  });
  wireDialog(byId("void-dialog"), async (form) => {
    const reason = form.elements.reason.value.trim();
    if (!reason) return () => say("void_reason_needed");
    return send("void", form, `/api/sales/${sale.number}/void`, { reason }, done);
  });
  refundForm.addEventListener("input", draw);
  onLanguage(() => { if (sale) draw(); });
}

/** Opens the dialog for goods that come back of `chosenSale`. */
export function refund(chosenSale) {
  sale = chosenSale;
  begin("refund", refundForm);
  refundForm.elements.kind.value = sale.payments.length === 1 ? sale.payments[0].kind : "cash";
  byId("refund-lines").replaceChildren(...sale.lines.filter((line) => line.returned < line.qty).map(item));
  draw();
  byId("refund-dialog").showModal();
}

/** Opens the question whether `chosenSale` is to be undone. */
export function undo(chosenSale) {
  sale = chosenSale;
  begin("void", voidForm);
  draw();
  byId("void-dialog").showModal();
}

/** Sends it, with a supervisor's approval where the outlet asks for one. */
async function send(what, form, path, body, done) {
  if (sale.approval[what] && !leave) {
    const pin = form.elements.pin.value;
    if (!/^[0-9]{6}$/.test(pin)) return () => say("approval_needed");
    leave = (await request("POST", "/api/approvals", { pin, code: sale.number, verdict: what })).token;
  }
  try {
    done(await once(path, leave ? { ...body, approval: leave } : body));
    return null;
  } catch (refusal) {
    if (unknownEnd(refusal)) return () => `${refusal.sentence} ${say("unknown_end")}`;
    throw refusal;
  }
}

/** The dialog begins: nobody has approved anything yet. */
function begin(what, form) {
  leave = null;
  form.querySelector("[data-approval]").hidden = !sale.approval[what];
  form.elements.pin.value = "";
  form.elements.reason.value = "";
}

function item(line) {
  const made = element("li");
  const words = line.serial ? `${nameOf(line)}, ${say("stamp", { serial: line.serial })}` : nameOf(line);
  const left = line.qty - line.returned;
  const label = element("label", "", "check");
  const field = document.createElement("input");
  field.name = "qty";
  if (left === 1) {
    field.type = "checkbox";
    label.append(field, ` ${words} · ${dong(share(line, 1))}`);
    field.setAttribute("aria-label", say("refund_stamp", { name: words }));
  } else {
    field.type = "number";
    field.min = "0";
    field.max = String(left);
    field.value = "0";
    field.setAttribute("aria-label", say("refund_qty", { name: words }));
    label.append(field, ` / ${left} ${words} · ${dong(line.price)}`);
  }
  const whole = element("label", "", "check");
  const unharmed = document.createElement("input");
  unharmed.type = "checkbox";
  unharmed.name = "unharmed";
  unharmed.setAttribute("aria-label", `${say("unharmed")}: ${words}`);
  const told = element("span", say("unharmed"));
  told.dataset.say = "unharmed";
  whole.append(unharmed, told);
  made.dataset.line = line.line;
  made.append(label, whole);
  return made;
}

function draw() {
  byId("refund-send").textContent = say("refund_send", { amount: dong(total()) });
  byId("transfer-back").hidden = refundForm.elements.kind.value !== "vietqr";
  byId("void-send").textContent = say("void_send", { amount: dong(sale.total) });
}
