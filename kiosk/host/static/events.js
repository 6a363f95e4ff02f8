// The service's event stream, opened again whenever it breaks, with a notice while it is down.

import { onLanguage, say } from "./words.js";

const RETRY = 2000; // ms, when the browser itself has given up

/** Calls `handlers[name](data)` for each event. `opened()` is called each time the stream (re)opens. */
export function listen(handlers, opened = () => {}) {
  const notice = document.getElementById("reconnecting");
  let down = false;
  const tell = () => { notice.textContent = down ? say("reconnecting") : ""; };
  onLanguage(tell);

  const open = () => {
    const source = new EventSource("/api/events");
    source.onopen = () => {
      down = false;
      tell();
      opened();
    };
    source.onerror = () => {
      down = true;
      tell();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, RETRY);
    };
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (message) => handle(JSON.parse(message.data)));
    }
  };
  open();
}
