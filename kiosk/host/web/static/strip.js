// The strip of devices on a staff page that has no other events, or few.

import { listen } from "./events.js";
import { request } from "./requests.js";
import { showStatus } from "./status.js";
import { onLanguage } from "./words.js";

/** Keeps the strip up to date; `handlers` and `changed` as for `listen`. */
export function wireStrip(handlers = {}, changed = () => {}) {
  const strip = document.getElementById("status");
  let status = JSON.parse(document.getElementById("status-now").textContent); // as the page was made
  const draw = () => showStatus(strip, status);
  draw();
  onLanguage(draw);
  listen({ ...handlers, status: (event) => { status = event; draw(); handlers.status?.(event); } }, () => {
    leaveIfLocked();
    changed();
  });
}

/** Somebody logged out in another tab, or the till locked itself: this one shows the log-in too. */
async function leaveIfLocked() {
  try {
    await request("GET", "/api/basket");
  } catch (refusal) {
    if (refusal.status === 401) location.reload();
  }
}
