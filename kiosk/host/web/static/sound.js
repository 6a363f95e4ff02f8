// A verdict that is heard: four short figures that differ in direction and number of notes, not in loudness.
// Browsers keep still until the page was touched, unless they are told otherwise (installer.md).

// look: notes of [Hz, seconds from the start]
const FIGURES = {
  ok: [[660, 0], [880, 0.13]], // two, rising
  info: [[587, 0]], // one
  caution: [[587, 0], [587, 0.18]], // two alike
  problem: [[440, 0], [330, 0.18], [247, 0.36]], // three, falling
};
const LENGTH = 0.22; // seconds of a note
const LOUDNESS = 0.25;

let context = null;

/** Plays the figure of `look`; nothing where there is no loudspeaker or the browser forbids it. */
export function playLook(look) {
  context ??= globalThis.AudioContext ? new AudioContext() : null;
  if (context === null) return;
  if (context.state === "suspended") {
    context.resume().catch(() => {});
    if (!navigator.userActivation?.hasBeenActive) return; // a figure that comes minutes late says nothing
  }
  document.body.dataset.sounded = look;
  for (const [pitch, after] of FIGURES[look]) note(pitch, context.currentTime + after);
}

function note(pitch, start) {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, start + LENGTH);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + LENGTH);
}
