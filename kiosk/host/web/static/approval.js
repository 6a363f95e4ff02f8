// A supervisor's approval, by PIN: for one code and one verdict. The service puts it on the basket's line.

import { wireKeypad } from "./keypad.js";
import { request } from "./requests.js";
import { language, say } from "./words.js";

const byId = (id) => document.getElementById(id);
const dialog = byId("approval");
const pin = byId("approve-pin");

let asked = null; // {code, verdict}

const refuse = (sentence) => { byId("approve-error").textContent = sentence; };

/** Asks for the PIN; `what` is a line of the basket or a scan: {code, verdict, text}. */
export function askForApproval({ code, verdict, text }) {
  asked = { code, verdict };
  byId("approve-what").textContent = text[language()].title;
  pin.value = "";
  refuse("");
  dialog.showModal();
}

/** Whether the PIN is being asked for; a bar code is none. */
export function refuseScan() {
  if (dialog.open) refuse(say("is_bar_code"));
  return dialog.open;
}

export const closeApproval = () => dialog.close();

/** Wires the dialog. `act(work)` runs one request of the clerk's, `done()` hears of an approval. */
export function wireApproval(act, done) {
  byId("approve-close").addEventListener("click", closeApproval);
  wireKeypad(byId("approve-form"), pin, () => refuse(""));
  byId("approve-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = pin.value;
    pin.value = "";
    if (!/^[0-9]{6}$/.test(typed)) return refuse(say("pin_length"));
    return act(async () => {
      try {
        await request("POST", "/api/approvals", { pin: typed, ...asked });
        done();
        dialog.close();
      } catch (refusal) {
        if (refusal.status === 401) throw refusal;
        refuse(refusal.sentence);
      }
    });
  });
}
