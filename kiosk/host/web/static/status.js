// One sentence for each device, from the service's `status` event. Levels: good, care, bad, off, unknown.

import { moment } from "./format.js";
import { half, say } from "./words.js";

const SCANNER_SENTENCES = new Set(["missing", "busy", "frozen", "dark", "blinded"]);

// Words of sync that stay until a person does something.
const CALL = new Set(["not_enrolled", "unknown_device", "revoked", "disk", "certificate", "catalogue"]);

const DAY = 86_400_000; // ms

const unreached = (last) => (last ? say("office_bad", { when: moment(last) }) : say("office_never"));

const withDetail = (key, detail) => (detail ? half(detail) : say(key));

const DEVICES = {
  printer({ state, detail, template }) {
    if (state === "ok" && template) return ["care", half(template)];
    if (state === "ok") return ["good", say("printer_good")];
    return [state === "missing" ? "care" : "bad", withDetail("printer_bad", detail)];
  },
  // By reader's name; the first that ails speaks for all.
  scanner(readers) {
    const states = Object.entries(readers);
    if (states.length === 0) return ["off", say("state_off")];
    const ailing = states.find(([, { state }]) => state !== "ok");
    const resting = states.some(([, { detail }]) => detail === "resting"); // nothing moves before a camera
    if (!ailing) return ["good", say(resting ? "scanner_resting" : "scanner_good")];
    const [name, { state }] = ailing;
    const sentence = say(SCANNER_SENTENCES.has(state) ? `scanner_${state}` : "scanner_bad");
    return ["bad", states.length > 1 ? `${name}: ${sentence}` : sentence];
  },
  // Of the words of sync (`troubles.WORDS` and what `Syncing.state` adds) each has its sentence.
  office({ state, last_contact: last, waiting }) {
    if (state === "ok" && waiting > 0) return ["good", say("office_waiting", { count: waiting })];
    if (state === "ok") return ["good", last ? say("office_good", { when: moment(last) }) : say("office_starting")];
    const sentence = state === "unreachable" ? unreached(last) : say(`office_${state}`);
    const too = waiting > 0 ? ` ${say("waiting_too", { count: waiting })}` : "";
    return [CALL.has(state) ? "bad" : "care", sentence + too];
  },
  catalogue({ issued, age }, { clock }) {
    if (!issued) return ["bad", say("catalogue_none")];
    const when = moment(issued);
    if (age === "old") return ["bad", say("catalogue_old", { when })];
    if (age !== "stale") return ["good", say("catalogue_good", { when })];
    return ["care", say(clock.state === "sure" ? "catalogue_stale" : "catalogue_unknown", { when })];
  },
  clock({ state, office_ahead: ahead, follows_office: follows }) {
    if (ahead == null) return state === "sure" ? ["good", say("clock_good")] : ["care", say("clock_bad")];
    const days = Math.round(Math.abs(ahead) / DAY);
    return follows ? ["care", say("clock_followed", { days })] : ["bad", say("clock_kept", { days })];
  },
};

/** Writes `status` into the strip; a device that the service does not report stays as it is. */
export function showStatus(strip, status) {
  for (const place of strip.children) {
    const report = status[place.dataset.device];
    if (!report) continue;
    const [level, sentence] = DEVICES[place.dataset.device](report, status);
    place.dataset.level = level;
    place.querySelector(".sentence").textContent = sentence;
  }
}
