import { wireKeypad } from "./keypad.js";
import { request } from "./requests.js";
import { listenForScans } from "./wedge.js";
import { languageButtons, onLanguage, say, setLanguage } from "./words.js";

const form = document.getElementById("login");
const pin = document.getElementById("pin");
const error = document.getElementById("pin-error");
const enter = document.getElementById("enter");
let complaint = () => "";

function complain(sentence) {
  complaint = sentence;
  error.textContent = sentence();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (enter.disabled) return;
  const tried = pin.value;
  pin.value = "";
  pin.focus();
  // A bar code that lands here is longer than a PIN, so it is never sent as one.
  if (!/^[0-9]{6}$/.test(tried)) {
    complain(() => say("pin_length"));
    return;
  }
  enter.disabled = true;
  try {
    await request("POST", "/api/session", { pin: tried });
    location.replace("/staff");
  } catch (refusal) {
    complain(() => (refusal.detail || refusal.status !== 401 ? refusal.sentence : say("pin_wrong")));
    enter.disabled = false;
  }
});

listenForScans(() => {
  pin.value = ""; // a slow machine may take a scan's first digits for typing
  complain(() => say("is_bar_code"));
});
wireKeypad(form, pin, () => complain(() => ""));
onLanguage(() => complain(complaint));
languageButtons((language) => localStorage.setItem("language", language));
setLanguage(localStorage.getItem("language") ?? "vi");
