// Follows a recall: the server sends the changing part of the page whenever it changes.
const reach = document.getElementById("reach");
const live = document.getElementById("live");
const stream = new EventSource(reach.dataset.events);

stream.onopen = () => { live.hidden = false; };
stream.onerror = () => { live.hidden = true; };
stream.onmessage = (event) => {
  const { html, done } = JSON.parse(event.data);
  const held = document.activeElement?.getAttribute?.("href");
  reach.innerHTML = html;
  // Whoever stood on a link stays there.
  if (held) [...reach.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
  if (done) {
    stream.close();
    live.hidden = true;
  }
};
