// How a verdict looks: four shapes that differ by outline, colour and word, for both screens.

const BY_VERDICT = {
  genuine: "ok",
  plain_goods: "info",
  unreadable: "info",
  no_catalogue: "info",
  not_a_stamp: "info",
  data_deleted: "info",
  lot_recalled: "problem",
  recognition_withdrawn: "problem",
  expired: "problem",
};
const BY_CLASS = { ok: "ok", technical: "info", procedural: "caution", suspect: "problem" };

// The signature was checked before these verdicts were reached (design, 6.2: the order of verdicts).
const SIGNED = new Set([
  "genuine", "stamp_void", "data_deleted", "not_activated", "lot_recalled", "recognition_withdrawn",
  "recognition_lapsed", "expired", "no_contract", "in_basket", "sold_here", "sold_elsewhere",
]);

/** "ok", "caution", "problem" or "info". */
export const lookOf = (event) => BY_VERDICT[event.verdict] ?? BY_CLASS[event.class] ?? "info";

/** What stands behind the answer: "signed" (the stamp is the office's), "typed" (only looked up) or "none". */
export function proofOf(event) {
  if (event.verdict === "unsigned") return "typed";
  if (!SIGNED.has(event.verdict)) return "none";
  return event.reader === "keyboard" ? "typed" : "signed";
}

/** Puts the shape of `look` into `svg`. */
export function draw(svg, look) {
  svg.querySelector("use").setAttribute("href", `#look-${look}`);
  svg.dataset.look = look;
}
