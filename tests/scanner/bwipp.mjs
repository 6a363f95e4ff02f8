// Asks BWIPP (npm @bwip-js/node), an independent implementation of GS1's syntax by the author of GS1's
// engine, whether texts can be put in a GS1 symbol. Lines of JSON in, [symbol, text]; lines of JSON out,
// the name of the error or null.

import { createRequire } from "node:module";
import readline from "node:readline";

const require = createRequire(new URL("../micropython/package.json", import.meta.url));
const bwipjs = require("@bwip-js/node");

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [bcid, text] = JSON.parse(line);
  let error = null;
  try {
    bwipjs.raw({ bcid, text });
  } catch (thrown) {
    error = String(thrown.message ?? thrown);
  }
  process.stdout.write(JSON.stringify(error) + "\n");
}
