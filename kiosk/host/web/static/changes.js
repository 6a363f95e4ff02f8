// Changes to the basket that are more than scanning: quantity, price and discount of a line, a discount on
// everything, gift sets. What a clerk may not decide alone asks for a supervisor's PIN.

import { readAmount, readDiscount, wireAmount } from "./cash.js";
import { wireDialog } from "./dialogs.js";
import { element } from "./elements.js";
import { digits, dong } from "./format.js";
import { request } from "./requests.js";
import { nameOf, say } from "./words.js";

const byId = (id) => document.getElementById(id);
const mayPrice = document.body.dataset.mayPrice === "yes";

let line = null; // that is being changed

/** The PIN of a form as the service wants it: {} where none is needed or given, null where it is no PIN. */
function pinOf(form) {
  const pin = form.elements.pin.value;
  if (mayPrice || pin === "") return {};
  return /^[0-9]{6}$/.test(pin) ? { pin } : null;
}

const pinWrong = () => say("pin_length");

/**
 * Wires the dialogs. `basket()` is the open basket, `act(work)` runs one request of the clerk's, `adopt(basket)`
 * takes a changed basket.
 */
export function wireChanges(basket, act, adopt) {
  const full = () => basket().lines.reduce((sum, one) => sum + one.qty * one.price, 0);

  wireAmount(byId("line-price"));
  wireAmount(byId("set-price"));
  byId("line-form").addEventListener("click", ({ target }) => {
    const step = Number(target.closest("[data-step]")?.dataset.step ?? 0);
    const field = byId("line-qty");
    if (step) field.value = String(Math.min(10000, Math.max(1, (readAmount(field.value) ?? 1) + step)));
  });
  wireDialog(byId("line-dialog"), async (form) => {
    const pin = pinOf(form);
    const qty = line.serial ? 1 : readAmount(form.elements.qty.value);
    const price = readAmount(form.elements.price.value);
    const discount = readDiscount(form.elements.discount.value, (qty ?? 0) * (price ?? 0));
    if (!pin) return pinWrong;
    if (!qty || price === null || discount === null) return () => say("amount_wrong");
    adopt(await request("PATCH", `/api/basket/lines/${line.n}`, { qty, price, discount, ...pin }));
    return null;
  });

  byId("set-open").addEventListener("click", () => {
    byId("line-dialog").close();
    act(async () => adopt(await request("DELETE", `/api/basket/sets/${line.set}`)));
  });

  byId("reduce").addEventListener("click", () => {
    const off = basket().lines.reduce((sum, one) => sum + one.discount, 0);
    byId("reduce-amount").value = off ? digits(off) : "";
    byId("reduce-dialog").showModal();
    byId("reduce-amount").select();
  });
  wireDialog(byId("reduce-dialog"), async (form) => {
    const pin = pinOf(form);
    const discount = readDiscount(form.elements.discount.value, full());
    if (!pin) return pinWrong;
    if (discount === null) return () => say("amount_wrong");
    adopt(await request("PUT", "/api/basket/discount", { discount, ...pin }));
    return null;
  });

  byId("join").addEventListener("click", () => {
    byId("set-lines").replaceChildren(...basket().lines.filter((one) => !one.set).map((one) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      label.className = "check";
      box.type = "checkbox";
      box.name = "line";
      box.value = one.n;
      label.append(box, ` ${[nameOf(one), one.serial && say("serial", { serial: one.serial })].filter(Boolean).join(", ")} · ${dong(one.amount)}`);
      return label;
    }));
    byId("set-form").reset();
    byId("set-dialog").showModal();
    act(drawReady);
  });
  wireDialog(byId("set-dialog"), async (form) => {
    const pin = pinOf(form);
    if (!pin) return pinWrong;
    const lines = [...form.querySelectorAll("[name=line]:checked")].map((box) => Number(box.value));
    if (lines.length < 2) return () => say("set_choose");
    const price = readAmount(form.elements.price.value);
    const name = form.elements.name.value.trim();
    if (name && price === null) return () => say("set_price_needed");
    if (name) await request("POST", "/api/gift-sets", { name, price, lines });
    adopt(await request("POST", "/api/basket/sets", { lines, price, ...pin }));
    return null;
  });

  /** The shop's ready-made gift sets: those that the basket holds can be touched. */
  async function drawReady() {
    const list = byId("ready-sets");
    list.replaceChildren();
    const { sets } = await request("GET", "/api/gift-sets");
    list.replaceChildren(...sets.map((one) => {
      const item = element("li");
      const take = element("button", "", "plain");
      take.type = "button";
      take.disabled = !one.ready;
      const parts = one.parts.map((part) => `${part.qty} × ${nameOf(part)}`).join(" + ");
      take.append(element("strong", `${one.name} · ${dong(one.price)}`), element("small", parts));
      take.addEventListener("click", () => {
        byId("set-dialog").close();
        act(async () => adopt(await request("POST", `/api/basket/gift-sets/${one.id}`)));
      });
      item.append(take);
      if (mayPrice) {
        const drop = element("button", say("set_drop"), "quiet danger");
        drop.type = "button";
        drop.setAttribute("aria-label", `${say("set_drop")}: ${one.name}`);
        drop.addEventListener("click", () => act(async () => {
          await request("DELETE", `/api/gift-sets/${one.id}`);
          await drawReady();
        }));
        item.append(drop);
      }
      return item;
    }));
  }
}

/** Opens the dialog about one line. */
export function changeLine(chosen) {
  line = chosen;
  byId("line-name").textContent = nameOf(line);
  byId("set-open").hidden = !line.set;
  byId("line-qty-row").hidden = Boolean(line.serial);
  byId("line-qty").value = String(line.qty);
  byId("line-price").value = line.price || line.list !== null ? digits(line.price) : "";
  byId("line-discount").value = line.discount ? digits(line.discount) : "";
  byId("line-dialog").showModal();
  const first = line.price === 0 ? "line-price" : line.serial ? "line-discount" : "line-qty";
  byId(first).focus();
  byId(first).select();
}
