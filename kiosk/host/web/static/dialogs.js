// Dialogs with a form: one request at a time, its refusal said inside, closed when it is done.

import { Refusal } from "./requests.js";
import { onLanguage } from "./words.js";

/**
 * Wires the close buttons of `dialog` and, if it has a form, its sending. `send(form)` may answer with a function
 * that says what is still wrong; then the dialog stays.
 */
export function wireDialog(dialog, send = null) {
  for (const button of dialog.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => dialog.close());
  }
  const form = dialog.querySelector("form");
  if (!form || !send) return;
  const error = form.querySelector("[data-error]");
  const button = form.querySelector("[type=submit]");
  let trouble = null;
  const tell = (sentence) => {
    trouble = sentence;
    error.textContent = trouble ? trouble() : "";
  };
  onLanguage(() => tell(trouble));
  dialog.addEventListener("close", () => tell(null));
  form.addEventListener("input", () => tell(null));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    try {
      const wrong = await send(form);
      if (wrong) tell(wrong);
      else dialog.close();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (refusal.status === 401) location.reload(); // the session has ended
      tell(() => refusal.sentence);
    } finally {
      button.disabled = false;
      if (form.elements.pin) form.elements.pin.value = "";
    }
  });
}
