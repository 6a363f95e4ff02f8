// The small map: where the producer is.

const map = document.getElementById("map");
const { width, height } = map.viewBox.baseVal;

/** Marks a place of degrees × 100,000; without one, or with one off the map, there is no map. */
export function showPlace(latitude, longitude, label) {
  const { west, north, x, y } = map.dataset;
  const across = (longitude / 1e5 - west) * x;
  const down = (north - latitude / 1e5) * y;
  const known = latitude != null && longitude != null;
  const shown = known && across > 0 && across < width && down > 0 && down < height;
  map.toggleAttribute("hidden", !shown);
  if (!shown) return;
  map.setAttribute("aria-label", label);
  map.querySelector(".here").setAttribute("transform", `translate(${across.toFixed(1)} ${down.toFixed(1)})`);
}
