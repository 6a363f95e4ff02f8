// Keeps a page current: the server says how far its books are, and a page of older books fetches itself anew.
const REST = 3000; // ms between two fetches, however much is sold
const stream = new EventSource("/office/news");
let told = null;
let fetching = false;

stream.onopen = () => { document.getElementById("live").hidden = false; };
stream.onerror = () => { document.getElementById("live").hidden = true; };
stream.onmessage = (event) => {
  told = event.data;
  follow();
};

async function follow() {
  if (fetching || told === document.getElementById("live").dataset.news) return;
  fetching = true;
  try {
    const answer = await fetch(location.href);
    if (answer.redirected) {
      location.reload(); // the session has ended
      return;
    }
    if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The stream will say that the office cannot be reached.
  }
  setTimeout(() => {
    fetching = false;
    follow();
  }, REST);
}

function put(page) {
  const held = document.activeElement?.getAttribute?.("href");
  for (const part of ["main", ".places"]) {
    document.querySelector(part).replaceChildren(...page.querySelector(part).childNodes);
  }
  document.getElementById("live").hidden = stream.readyState !== EventSource.OPEN;
  // Whoever stood on a link stays there.
  if (held) [...document.links].find((link) => link.getAttribute("href") === held)?.focus();
}
