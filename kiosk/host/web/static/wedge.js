// A hand scanner that poses as a keyboard types faster than any hand, and ends with Enter. What it types into a
// field that takes no scans (a PIN, an amount) is taken out again, and its Enter presses nothing.

const FASTEST = 30; // ms between keys: a practised typist needs 60
const SHORTEST = 8; // characters of a bar code; among digits of a PIN six are enough

/** Calls `scanned(text, field)` for a scan; fields marked `data-scan` take theirs as they come. */
export function listenForScans(scanned) {
  let burst = null; // {text, field, before, at}
  document.addEventListener("keydown", (event) => {
    const { key, target: field, timeStamp: at } = event;
    const fast = burst && burst.field === field && at - burst.at < FASTEST;
    if (key === "Shift") return; // comes between capital letters
    if (key === "Enter") {
      const shortest = field.type === "password" ? 6 : SHORTEST;
      if (fast && burst.text.length >= shortest && !("scan" in (field.dataset ?? {}))) {
        event.preventDefault();
        event.stopPropagation();
        if ("value" in field) {
          field.value = burst.before;
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }
        scanned(burst.text, field);
      }
      burst = null;
      return;
    }
    if (key.length !== 1 || event.ctrlKey || event.altKey || event.metaKey) {
      burst = null;
      return;
    }
    burst = fast ? { ...burst, text: burst.text + key, at } : { text: key, field, before: field.value, at };
  }, true);
}
