// A product's picture, in a box that keeps its size; a drawing of its kind until there is one.

/** Shows the picture of this name (null: none) in `image`, else `drawing`. Nothing waits for it. */
export function showPhoto(image, drawing, name) {
  const stand = (loaded) => {
    image.hidden = !loaded;
    drawing.toggleAttribute("hidden", loaded);
  };
  image.onerror = () => stand(false);
  if (name && !image.src.endsWith(name)) image.src = `/photos/${name}`;
  stand(Boolean(name));
}
