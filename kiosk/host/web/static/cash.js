// Cash: what a shopper is likely to hand over, and what was typed. Whole đồng throughout.

const NOTES = [10000, 20000, 50000, 100000, 200000, 500000];

/** The amounts above `total` that people pay with: rounded up to each note, smallest first, at most `most`. */
export function likelyAmounts(total, most = 3) {
  const amounts = NOTES.map((note) => Math.ceil(total / note) * note).filter((amount) => amount > total);
  return [...new Set(amounts)].sort((one, other) => one - other).slice(0, most);
}

/** "200.000" -> 200000; null when no digit was typed. */
export function readAmount(text) {
  const plain = text.replace(/[^0-9]/g, "");
  return plain === "" ? null : Number(plain);
}

/** "10.000" -> 10000, "10%" of `base` -> đồng, "" -> 0; null for what is neither. */
export function readDiscount(text, base) {
  const plain = text.trim();
  if (plain === "") return 0;
  const percent = /^(\d{1,2}|100) ?%$/.exec(plain);
  if (percent) return Math.floor((base * Number(percent[1]) + 50) / 100);
  return /^[\d. ₫]+$/.test(plain) ? readAmount(plain) : null;
}

/** Groups the digits of an amount while it is typed; `changed()` hears of each key. */
export function wireAmount(input, changed = () => {}) {
  input.addEventListener("input", () => {
    const amount = readAmount(input.value);
    input.value = amount === null ? "" : String(amount).replace(/\B(?=(\d{3})+$)/g, ".");
    changed();
  });
}
