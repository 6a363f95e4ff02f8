// The service's event stream, opened again whenever it breaks, with a notice while it is down.

import { onLanguage, say } from "./words.js";

const RETRY = 2000; // ms, when the browser itself has given up

/**
 * Calls `handlers[name](data)` for each event. `changed()` is called each time the stream (re)opens, and when
 * the service refuses it, so that the page can look where it stands. `body` has `data-live` while it is open.
 */
export function listen(handlers, changed = () => {}) {
  const notice = document.getElementById("reconnecting");
  let down = false;
  const tell = () => { notice.textContent = down ? say("reconnecting") : ""; };
  onLanguage(tell);

  const open = () => {
    const source = new EventSource("/api/events");
    source.onopen = () => {
      down = false;
      document.body.dataset.live = "";
      tell();
      changed();
    };
    source.onerror = () => {
      down = true;
      delete document.body.dataset.live;
      tell();
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, RETRY);
      changed();
    };
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (message) => handle(JSON.parse(message.data)));
    }
  };
  open();
}
