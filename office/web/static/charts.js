// Charts by keyboard and pointer: one stop for Tab, arrow keys go from mark to mark, a note says what each is.
// Without this every mark still has its words: as a title under the pointer, and for screen readers.

const note = document.createElement("div");
note.className = "chart-note";
note.setAttribute("aria-hidden", "true"); // screen readers hear the mark's own label
document.body.append(note);

function tell(mark) {
  note.textContent = mark.getAttribute("aria-label");
  note.classList.add("shown");
  const box = mark.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left + box.width / 2 - note.offsetWidth / 2), innerWidth - note.offsetWidth - 8);
  const above = box.top - note.offsetHeight - 8;
  note.style.left = `${left + scrollX}px`;
  note.style.top = `${(above > 0 ? above : box.bottom + 8) + scrollY}px`;
}

function hush() {
  note.classList.remove("shown");
}

for (const chart of document.querySelectorAll("svg.chart")) {
  const marks = [...chart.querySelectorAll(".mark")];
  marks.forEach((mark, index) => {
    mark.setAttribute("tabindex", index ? "-1" : "0");
    mark.querySelector("title")?.remove(); // the note says it
    mark.addEventListener("pointerenter", () => tell(mark));
    mark.addEventListener("pointerleave", hush);
    mark.addEventListener("focus", () => tell(mark));
    mark.addEventListener("blur", hush);
    mark.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const last = marks.length - 1;
      let to = step === undefined ? { Home: 0, End: last }[event.key] : Math.min(Math.max(index + step, 0), last);
      if (event.key === "Escape") hush();
      if (to === undefined) return;
      event.preventDefault();
      mark.setAttribute("tabindex", "-1");
      marks[to].setAttribute("tabindex", "0");
      marks[to].focus();
    });
  });
}
