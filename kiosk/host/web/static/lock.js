// The lock at the head of every staff page: by touch, and by itself when nobody has touched anything for a while.

import { request } from "./requests.js";

const IDLE = 10 * 60 * 1000; // ms; the service itself ends a session that asked nothing for 15 minutes

let timer = 0;

async function lock(path) {
  try {
    await request("DELETE", path);
  } finally {
    location.replace("/staff");
  }
}

function stir() {
  clearTimeout(timer);
  timer = setTimeout(() => lock("/api/session?idle=1"), IDLE);
}

document.getElementById("log-out").addEventListener("click", () => lock("/api/session"));
for (const sign of ["pointerdown", "keydown", "scan"]) document.addEventListener(sign, stir, true);
stir();

// One menu, closed by a touch elsewhere and by Escape.
const menu = document.querySelector("details.more");
document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") menu.open = false; });
