// The print queue: how many receipts wait, and one question at a time about one that may not have come out.

import { Refusal, request } from "./requests.js";
import { half, onLanguage, say } from "./words.js";

const byId = (id) => document.getElementById(id);

let jobs = []; // as the service last told them
let busy = false;

/** Asks the service for the queue and shows it; whoever cannot be reached is told about elsewhere. */
export async function showQueue() {
  try {
    jobs = (await request("GET", "/api/print-jobs"))?.jobs ?? [];
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return;
  }
  drawQueue();
}

const asked = () => jobs.find(({ state }) => state === "unknown" || state === "not_printed");

function drawQueue() {
  const job = asked();
  const waiting = jobs.filter(({ state }) => state === "queued").length;
  byId("queue").hidden = !job && waiting < 2;
  byId("queue-count").textContent = waiting > 1 ? say("queue_count", { count: waiting }) : "";
  byId("queue-ask").hidden = !job;
  if (!job) return;
  byId("queue-question").textContent = say(`queue_${job.state}`, { number: job.number });
  byId("queue-why").textContent = job.detail ? half(job.detail) : "";
  byId("queue-yes").textContent = say(job.state === "unknown" ? "queue_yes" : "queue_leave");
  byId("queue-no").textContent = say(job.state === "unknown" ? "queue_no" : "queue_print");
  for (const id of ["queue-yes", "queue-no"]) byId(id).disabled = busy;
}

async function answer(printed) {
  const job = asked();
  if (busy || !job) return;
  busy = true;
  drawQueue();
  try {
    await request("POST", `/api/print-jobs/${job.job}/answer`, { printed });
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal; // somebody else answered, or it is asked again
  }
  busy = false;
  await showQueue();
}

byId("queue-yes").addEventListener("click", () => answer(true));
byId("queue-no").addEventListener("click", () => answer(false));
onLanguage(drawQueue);
