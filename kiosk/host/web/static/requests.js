// Requests to the service, and its refusals as sentences (RFC 9457).

import { half, say } from "./words.js";

const PATIENCE = 15000; // ms; the service itself answers within 2 s and a pull

/** The service refused (`status` 400 to 599) or did not answer (0: what happened there is not known). */
export class Refusal extends Error {
  constructor(status, detail) {
    super(`status ${status}`);
    this.status = status;
    this.detail = detail;
  }

  /** One sentence in the shown language. */
  get sentence() {
    if (this.status === 0) return say("offline");
    return this.detail ? half(this.detail) : say("failed", { status: this.status });
  }
}

/** Sends JSON and returns the answer's JSON (null when it has none). Throws Refusal. */
export async function request(method, path, body, headers = {}) {
  const options = { method, headers: { Accept: "application/json", ...headers }, signal: AbortSignal.timeout(PATIENCE) };
  if (body !== undefined) {
    options.body = typeof body === "string" ? body : JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let response;
  let answer = null;
  try {
    response = await fetch(path, options);
    if ((response.headers.get("Content-Type") ?? "").includes("json")) answer = await response.json();
  } catch {
    throw new Refusal(0, null);
  }
  if (!response.ok) throw new Refusal(response.status, answer?.detail ?? answer?.title ?? null);
  return answer;
}
