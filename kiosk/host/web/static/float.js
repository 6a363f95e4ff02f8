// The shift begins with one touch before the first sale: the money that lies in the drawer, as it was counted last.

import { once } from "./attempts.js";
import { readAmount, wireAmount } from "./cash.js";
import { digits } from "./format.js";
import { Refusal, request } from "./requests.js";

const form = document.getElementById("no-shift");
const cash = form.elements.cash;

/** Shows the question where no shift is open. Whoever passes over it sells: the first sale opens the shift by itself. */
export async function askForFloat() {
  try {
    const { open, left } = await request("GET", "/api/shift");
    if (!open) cash.value = digits(left);
    form.hidden = Boolean(open);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal; // then there is no question
  }
}

/** Wires it. `act(work)` runs one request of the clerk's. */
export function wireFloat(act) {
  wireAmount(cash);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const amount = readAmount(cash.value);
    if (amount === null) return cash.focus();
    return act(async () => {
      await once("/api/shift", { cash: amount });
      await askForFloat();
    });
  });
}
