// What is in stock, and the lists that print.

import { day, digits, dong } from "./format.js";
import { request } from "./requests.js";
import { nameOf, say } from "./words.js";

const MOVED = ["opening", "received", "sold", "returned", "damaged", "sent", "found", "closing"];

const byId = (id) => document.getElementById(id);

export function wireLists(attempt, tell) {
  let held = [];
  let made = null; // the list that is shown
  let shown = "off_shelf";

  function cell(text, kind = "", name = "td") {
    const made = document.createElement(name);
    made.textContent = text;
    made.className = kind;
    if (name === "th") made.scope = kind === "row" ? "row" : "col";
    return made;
  }

  function goods(row, more) {
    const head = cell(nameOf(row), "row", "th");
    if (more) head.append(Object.assign(document.createElement("small"), { textContent: more }));
    return head;
  }

  function row(...cells) {
    const made = document.createElement("tr");
    made.append(...cells);
    return made;
  }

  function draw() {
    byId("held").replaceChildren(...held.map((one) => row(
      goods(one, `${one.net} · ${one.producer}`), cell(digits(one.qty), "number"), cell(one.stamps ? digits(one.stamps) : "", "number"))));
    byId("none-held").hidden = held.length > 0;
    drawList();
  }

  function drawList() {
    for (const label of document.querySelectorAll("[data-statement]")) label.hidden = shown !== "statement";
    if (made === null) return;
    byId("list-nothing").hidden = made.rows.length > 0;
    if (shown === "statement") {
      byId("list-head").replaceChildren(cell(say("goods"), "", "th"), ...MOVED.map((name) => cell(say(`moved_${name}`), "number", "th")), cell(say("amount"), "number", "th"));
      byId("list-rows").replaceChildren(...made.rows.map((one) => row(
        goods(one, one.net), ...MOVED.map((name) => cell(digits(one[name]), "number")), cell(dong(one.amount), "number"))));
      return;
    }
    byId("list-head").replaceChildren(cell(say("goods"), "", "th"), cell(say("why"), "", "th"), cell(say("qty"), "number", "th"));
    byId("list-rows").replaceChildren(...made.rows.map((one) => {
      const more = [one.lot && say("lot_of", { lot: one.lot }), one.expires && say("expires_on", { day: day(one.expires) }),
        one.stamps && say("stamp", { serial: one.stamps })];
      return row(goods(one, more.filter(Boolean).join(" · ")), cell(say(`why_${one.why}`)), cell(digits(one.qty), "number"));
    }));
  }

  function asked() {
    const [name, days] = shown.startsWith("expiring_") ? ["expiring", Number(shown.slice(9))] : [shown, 30];
    if (name !== "statement") return { name, days };
    return { name, producer: byId("list-producer").value, first: byId("first").value, last: byId("last").value };
  }

  async function loadList() {
    shown = byId("list").value;
    made = null;
    drawList();
    await attempt(async () => {
      if (shown === "statement" && byId("list-producer").options.length === 0) {
        const { producers } = await request("GET", "/api/stock/producers");
        byId("list-producer").replaceChildren(...producers.map(({ id, name }) => new Option(name, id)));
        const today = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 10); // UTC+7
        byId("first").value = `${today.slice(0, 8)}01`;
        byId("last").value = today;
      }
      made = await request("POST", "/api/stock/lists", asked());
      drawList();
    });
  }

  async function load(part) {
    if (part === "held") await attempt(async () => { held = (await request("GET", "/api/stock")).stock; draw(); });
    if (part === "lists") await loadList();
  }

  byId("list-form").addEventListener("change", loadList);
  byId("list-form").addEventListener("submit", (event) => event.preventDefault());
  byId("print-list").addEventListener("click", () => attempt(async () => {
    await request("POST", "/api/stock/lists/print", asked());
    tell(() => say("queued"));
  }));
  return { load, draw };
}
