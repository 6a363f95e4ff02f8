// The shop's day over all its tills: what each took, how fresh that is, and what two of them did that does not fit.

import { element, sum } from "./elements.js";
import { dong, moment } from "./format.js";
import { Refusal, request } from "./requests.js";
import { onLanguage, say } from "./words.js";

const byId = (id) => document.getElementById(id);

let day = null; // {tills, conflicts}

function draw() {
  if (!day || (day.tills.length < 2 && day.conflicts.length === 0)) return;
  byId("tills").hidden = false;
  byId("conflicts").replaceChildren(...day.conflicts.map(({ kind, name, serial, entries }) => {
    if (kind === "sold_twice") return element("li", say("sold_twice", { name, serial, entries: entries.join(", ") }));
    const [sale, ...given] = entries;
    return element("li", say("undone_twice", { name, sale, entries: given.join(", ") }));
  }));
  const rows = day.tills.map((till) => {
    const asOf = till.own ? say("till_own") : till.known_until === null ? say("till_unknown")
      : say("till_until", { time: moment(till.known_until) });
    const words = say("till_line", { device: till.device, sales: till.sales, cash: dong(till.cash) });
    return sum(`${words} · ${asOf}`, dong(till.sold - till.undone));
  });
  const total = day.tills.reduce((all, till) => all + till.sold - till.undone, 0);
  byId("tills-sums").replaceChildren(...rows, sum(say("tills_total"), dong(total), true));
}

async function look() {
  try {
    day = await request("GET", "/api/day");
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal; // the page says by itself when the service is away
  }
  draw();
}

onLanguage(draw);
look();
