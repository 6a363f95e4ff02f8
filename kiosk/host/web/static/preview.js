// A picture of what would print, on a canvas.

import { Refusal } from "./requests.js";

let asked = 0; // only the newest picture is shown

/** Asks `path` for the picture of `body` and paints it. True if it is shown now; throws Refusal. */
export async function paint(canvas, path, body) {
  const number = ++asked;
  canvas.parentElement.setAttribute("aria-busy", "true");
  let picture;
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Refusal(response.status, (await response.json()).detail);
    picture = await createImageBitmap(await response.blob());
  } catch (error) {
    if (number !== asked) return false;
    throw error instanceof Refusal ? error : new Refusal(0, null);
  }
  if (number !== asked) return false;
  canvas.hidden = false; // until there is a picture nothing stands there that would move
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  canvas.parentElement.setAttribute("aria-busy", "false");
  return true;
}
