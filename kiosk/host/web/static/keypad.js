// Number keys on the screen that type into an input.

/** Wires the `.keypad` inside `form` to `input`; `typed()` hears of each key. */
export function wireKeypad(form, input, typed = () => {}) {
  form.querySelector(".keypad").addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    if (key === "clear") input.value = "";
    else if (key === "back") input.value = input.value.slice(0, -1);
    else if (input.maxLength < 0 || input.value.length < input.maxLength) input.value += key;
    typed();
    if (event.detail > 0) input.focus(); // touched: typing may go on by keyboard; a keyboard keeps its place
  });
  input.addEventListener("input", typed);
}
