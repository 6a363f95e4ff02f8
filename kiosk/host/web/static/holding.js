// Baskets on hold: this one set aside, another one taken up again.

import { wireDialog } from "./dialogs.js";
import { dong } from "./format.js";
import { request } from "./requests.js";
import { onLanguage, say } from "./words.js";

const byId = (id) => document.getElementById(id);

let held = [];

/** Wires the dialogs. `act(work)` runs one request of the clerk's, `adopt(basket)` takes what it answers. */
export function wireHolding(act, adopt) {
  byId("hold").addEventListener("click", () => {
    byId("hold-name").value = "";
    byId("hold-dialog").showModal();
  });
  wireDialog(byId("hold-dialog"), async (form) => {
    adopt(await request("POST", "/api/basket/hold", { name: form.elements.name.value.trim() }));
  });
  byId("held").addEventListener("click", () => byId("held-dialog").showModal());
  wireDialog(byId("held-dialog"));
  byId("held-list").addEventListener("click", ({ target }) => {
    const id = target.closest("[data-basket]")?.dataset.basket;
    if (!id) return;
    byId("held-dialog").close();
    act(async () => adopt(await request("POST", `/api/baskets/${id}/recall`)));
  });
  onLanguage(draw);
}

/** Shows which baskets wait. */
export function showHeld(waiting) {
  held = waiting ?? [];
  draw();
}

function draw() {
  byId("held").hidden = held.length === 0;
  byId("held").textContent = say("held", { count: held.length });
  byId("held-list").replaceChildren(...held.map((one) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    const button = document.createElement("button");
    const name = one.name || say("basket_number", { number: one.id });
    words.textContent = say("held_one", { name, count: one.count, total: dong(one.total) });
    button.type = "button";
    button.className = "plain";
    button.dataset.basket = one.id;
    button.textContent = say("held_recall");
    button.setAttribute("aria-label", `${say("held_recall")}: ${name}`);
    item.append(words, button);
    return item;
  }));
}
