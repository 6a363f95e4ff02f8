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
