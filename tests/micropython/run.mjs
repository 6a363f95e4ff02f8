#!/usr/bin/env node
// Runs our core on a real MicroPython: the project's own WebAssembly port, from npm.
//
//   node run.mjs test FILE.py     every test_* function of a core test file, one line each
//   node run.mjs import           import every core module
//   node run.mjs script FILE.py   the file as a program
//
// What the interpreter sees is what a board would have: the modules compiled in C and the .py files
// standing directly in scanner/ printer/ sync/ kiosk/. No host folder, no micropython-lib. Files keep
// their real paths, so that tracebacks can be followed. Exit status: 0 fine, 1 something failed in
// Python (what, and MicroPython's own traceback, is on stdout), 2 wrong call, 3 the interpreter broke.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, "../..");
const CORE = ["scanner", "printer", "sync", "kiosk"];
const HEAP = 16 * 1024 * 1024;   // bytes to start with; it grows
const STACK = 64 * 1024;         // words of Python stack: the C stack ends first

function wrongCall(message) {
  process.stderr.write(`run.mjs: ${message}\nusage: node run.mjs test FILE.py | import | script FILE.py\n`);
  process.exit(2);
}

function copy(FS, file) {
  FS.mkdirTree(path.dirname(file));
  FS.writeFile(file, fs.readFileSync(file));
}

/** The files standing in a folder, by ending; not those of the folders below it. */
function filesIn(folder, ending = "") {
  return fs.readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => path.join(folder, entry.name))
    .sort();
}

/** Standard output of the interpreter, which comes byte by byte: passed on in lines. */
function lineWriter(descriptor) {
  let bytes = [];
  return (piece) => {
    for (const byte of piece) {
      bytes.push(byte);
      if (byte === 10) { fs.writeSync(descriptor, Buffer.from(bytes)); bytes = []; }
    }
  };
}

const [mode, given] = process.argv.slice(2);
if (!["test", "import", "script"].includes(mode)) wrongCall(`no such mode: ${mode}`);
const file = given && path.resolve(given);
if (mode !== "import" && !(file && fs.existsSync(file))) wrongCall(`no such file: ${given}`);

let loadMicroPython;
try {
  ({ loadMicroPython } = await import("@micropython/micropython-webassembly-pyscript/micropython.mjs"));
} catch (error) {
  wrongCall(`MicroPython is not installed; run \`make setup\` (npm ci in ${HERE}): ${error.message}`);
}

try {
  const python = await loadMicroPython({
    heapsize: HEAP, pystack: STACK, linebuffer: false, stdout: lineWriter(1), stderr: lineWriter(2),
  });
  const modules = [];
  for (const name of CORE)
    for (const source of filesIn(path.join(ROOT, name), ".py")) {
      copy(python.FS, source);
      modules.push(`${name}.${path.basename(source, ".py")}`.replace(/\.__init__$/, ""));
    }
  const runner = path.join(HERE, "run_core.py");
  copy(python.FS, runner);
  if (file) for (const beside of filesIn(path.dirname(file))) copy(python.FS, beside);

  // First of all the path: with ".frozen" on it, modules that no board has could be imported.
  python.runPython(`
import sys
sys.path[:] = [${JSON.stringify(ROOT)}]
with open(${JSON.stringify(runner)}) as source:
    exec(compile(source.read(), ${JSON.stringify(runner)}, "exec"))
`);
  const call = (name, ...args) => python.globals.get(name)(...args);

  // One call from here for each test: this port collects garbage only when such a call returns.
  let failed = 0;
  if (mode === "test") {
    const names = JSON.parse(call("collect", file));
    for (const name of names) if (!call("run_test", name)) failed += 1;
    process.stdout.write(`${names.length} run, ${failed} failed\n`);
  } else if (mode === "import") {
    for (const module of modules) if (!call("run_import", module)) failed += 1;
    process.stdout.write(`${modules.length} imported, ${failed} failed\n`);
  } else {
    failed = call("run_script", file) ? 0 : 1;
  }
  process.exitCode = failed ? 1 : 0;
} catch (error) {
  process.stdout.write(`${error.type ? error.message : error.stack ?? error}\n`);
  process.exitCode = error.type ? 1 : 3;   // an error with a Python type came out of Python
}
