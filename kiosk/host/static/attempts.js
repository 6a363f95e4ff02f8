// A request that must happen once: it keeps its key until its end is known, however often it is pressed.

import { request } from "./requests.js";

const keys = new Map(); // what is asked for: its key

/** Sends it; the same `path` and `body` have the same key until the service has answered. Throws Refusal. */
export async function once(path, body) {
  const text = JSON.stringify(body);
  const name = `${path} ${text}`;
  const key = keys.get(name) ?? crypto.randomUUID();
  keys.set(name, key);
  try {
    const answer = await request("POST", path, text, { "Idempotency-Key": key });
    keys.delete(name);
    return answer;
  } catch (refusal) {
    if (refusal.status >= 400 && refusal.status < 500) keys.delete(name);
    throw refusal;
  }
}

/** Whether it is not known what became of a request. */
export const unknownEnd = (refusal) => refusal.status === 0 || refusal.status >= 500;
