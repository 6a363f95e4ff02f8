// A request that must happen once: it keeps its key until its end is known, however often it is pressed.

import { request } from "./requests.js";

// Kept by the browser's tab, so that a reload in between does not make two of one.
const kept = (name) => `attempt ${name}`;

/** Sends it; the same `path` and `body` have the same key until the service has answered. Throws Refusal. */
export async function once(path, body) {
  const text = JSON.stringify(body);
  const name = `${path} ${text}`;
  const key = sessionStorage.getItem(kept(name)) ?? crypto.randomUUID();
  sessionStorage.setItem(kept(name), key);
  try {
    const answer = await request("POST", path, text, { "Idempotency-Key": key });
    sessionStorage.removeItem(kept(name));
    return answer;
  } catch (refusal) {
    if (refusal.status >= 400 && refusal.status < 500) sessionStorage.removeItem(kept(name));
    throw refusal;
  }
}

/** Whether it is not known what became of a request. */
export const unknownEnd = (refusal) => refusal.status === 0 || refusal.status >= 500;
