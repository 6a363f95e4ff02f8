// The note that is being written: what it is about, its lines, and its end.

import { day } from "./format.js";
import { draw as drawLook, lookOf } from "./looks.js";
import { request } from "./requests.js";
import { language, nameOf, say } from "./words.js";

const PATH = "/api/stock/note";
const ABOUT = {
  receiving: ["producer"], opening: [], count: [], damage: ["reason"],
  transfer_in: ["outlet"], transfer_out: ["outlet"], return: ["producer", "reason"],
};
const CODE = /^[\d(]|\/|^[A-Z]{2,}:/; // a code rather than a name

const byId = (id) => document.getElementById(id);

export function wireNote(attempt, tell) {
  let note = null;
  let known = false; // whether the service has said if there is one
  let producers = [];
  let dropping = false;
  const lines = byId("lines");
  const template = byId("line-template");

  const take = (answer) => { if (answer) show(answer.note); };
  const send = (method, path, body) => attempt(async () => take(await request(method, PATH + path, body)));

  function show(next) {
    known = true;
    if (note?.id !== next?.id) dropping = false;
    note = next;
    draw();
  }

  function draw() {
    byId("kinds").hidden = !known || note !== null;
    byId("note").hidden = note === null;
    byId("drop").textContent = say(dropping ? "drop_again" : "drop");
    if (note === null) return;
    byId("note-title").textContent = say(`kind_${note.kind}`);
    byId("note-hint").textContent = say(`hint_${note.kind}`);
    for (const label of document.querySelectorAll("[data-about]")) {
      label.hidden = !ABOUT[note.kind].includes(label.dataset.about);
      const field = label.querySelector("input, select");
      if (document.activeElement !== field) field.value = note[label.dataset.about];
    }
    fillProducers();
    lines.replaceChildren(...[...note.lines].reverse().map(line));
    byId("empty").hidden = note.lines.length > 0;
    const count = note.lines.reduce((sum, one) => sum + (one.aside ? 0 : one.qty), 0);
    byId("count").textContent = say("items", { count });
    byId("write-down").disabled = count === 0;
  }

  function fillProducers() {
    const field = byId("producer");
    const rows = [{ id: "", name: say("producer_any") }, ...producers];
    field.replaceChildren(...rows.map(({ id, name }) => new Option(name, id, false, id === note.producer)));
  }

  function line(one) {
    const item = template.content.cloneNode(true).firstElementChild;
    drawLook(item.querySelector(".look"), lookOf(one));
    const name = nameOf(one);
    item.querySelector(".line-name").textContent = name;
    const more = [one.net, one.serial && say("stamp", { serial: one.serial }), one.lot_code && say("lot_of", { lot: one.lot_code }),
      one.expires && say("expires_on", { day: day(one.expires) })];
    item.querySelector(".line-more").textContent = more.filter(Boolean).join(" · ");
    const { title, body } = one.text[language()];
    item.querySelector(".line-why").textContent = one.aside ? `${say("aside")}: ${title}. ${body}` : one.verdict === "genuine" ? "" : title;
    item.classList.toggle("aside", one.aside);
    const takeIn = item.querySelector(".take-in");
    takeIn.hidden = !one.aside;
    takeIn.textContent = say("take_in");
    takeIn.addEventListener("click", () => send("POST", `/lines/${one.n}/take-in`));
    const qty = item.querySelector(".line-qty");
    qty.value = one.qty;
    qty.hidden = Boolean(one.serial);
    qty.setAttribute("aria-label", say("quantity", { name }));
    qty.addEventListener("change", () => send("PUT", `/lines/${one.n}`, { qty: Number(qty.value) || 0 }));
    const remove = item.querySelector(".remove");
    remove.setAttribute("aria-label", say("remove", { name }));
    remove.addEventListener("click", () => send("DELETE", `/lines/${one.n}`));
    return item;
  }

  for (const button of document.querySelectorAll("[data-kind]")) {
    button.addEventListener("click", async () => {
      await send("POST", "", { kind: button.dataset.kind });
      byId("code").focus();
    });
  }

  for (const label of document.querySelectorAll("[data-about]")) {
    label.querySelector("input, select").addEventListener("change", () => {
      const about = { outlet: byId("outlet").value.trim().toUpperCase(), producer: byId("producer").value, reason: byId("reason").value.trim() };
      return send("PUT", "", about);
    });
  }

  async function scan(text, qty = 1) {
    byId("found").hidden = true;
    // As lists have it, a GTIN of 14 digits is the EAN-13 on the goods.
    const code = /^\d{14}$/.test(text) ? `(01)${text}` : text;
    await send("POST", "/scans", { text: code, qty });
  }

  async function search(query) {
    const answer = await attempt(() => request("GET", `/api/goods?q=${encodeURIComponent(query)}`));
    if (!answer) return;
    const found = byId("found");
    found.hidden = false;
    if (answer.goods.length === 0) {
      found.replaceChildren(Object.assign(document.createElement("li"), { textContent: say("found_none") }));
      return;
    }
    found.replaceChildren(...answer.goods.map((goods) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "plain" });
      button.append(Object.assign(document.createElement("span"), { textContent: `${nameOf(goods)}, ${goods.net}` }));
      if (goods.stamped) button.append(Object.assign(document.createElement("small"), { textContent: say("has_stamps") }));
      button.disabled = goods.stamped && note?.kind !== "count";
      button.addEventListener("click", () => scan(goods.gtin));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
  }

  byId("note-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = byId("code").value.trim();
    if (!text) return;
    byId("code").value = "";
    await (CODE.test(text) ? scan(text) : search(text));
    byId("code").focus();
  });

  byId("write-down").addEventListener("click", async () => {
    const { id, kind } = note;
    const answer = await attempt(() => request("POST", `${PATH}/written`, { id }));
    if (!answer) return;
    show(null);
    tell(() => say("written", { kind: say(`kind_${kind}`), count: answer.items, number: answer.number }));
  });

  byId("drop").addEventListener("click", async () => {
    if (!dropping && note.lines.length > 0) {
      dropping = true;
      draw();
      return;
    }
    await attempt(async () => { await request("DELETE", PATH); show(null); });
  });

  async function load() {
    await attempt(async () => {
      producers = (await request("GET", "/api/stock/producers")).producers;
      take(await request("GET", PATH));
    });
  }

  return { show, draw, load, basket: (open) => { byId("basket-open").hidden = !open; } };
}
