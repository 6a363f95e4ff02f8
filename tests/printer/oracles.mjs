// Others' programs, to hold ours to: receiptline reads templates, zpl-renderer-js paints labels.
//
//   node oracles.mjs < jobs.json      [{receiptline: text, command, cpl} or {zpl: text, width, height, dpmm}, ...]
//
// Prints a JSON list of what each job gave: a text or SVG, or a PNG in base64.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(new URL("../micropython/package.json", import.meta.url));
const jobs = JSON.parse(readFileSync(0, "utf8"));
const results = [];
for (const job of jobs) {
  if ("receiptline" in job) {
    const { transform } = require("receiptline");
    results.push(transform(job.receiptline, { command: job.command, cpl: job.cpl, encoding: "multilingual" }));
  } else {
    const { ready } = require("zpl-renderer-js");
    const { api } = await ready;
    results.push(await api.zplToBase64MultipleAsync(job.zpl, job.width, job.height, job.dpmm));
  }
}
process.stdout.write(JSON.stringify(results), () => process.exit(0));
