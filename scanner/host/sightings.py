"""When a code in front of a camera is a new read, and when it is the one seen a moment ago."""

from typing import Final

GAP: Final = 1.5  # seconds out of sight after which a code that returns is read again


class Sightings:
    """Remembers which codes are in view. Times are seconds of any steady clock."""

    def __init__(self, gap: float = GAP) -> None:
        self._gap = gap
        self._seen: dict[str, tuple[str, float, int]] = {}  # text -> view, last seen, looks so far

    def is_new(self, text: str, view: str, now: float, looks: int = 1) -> bool:
        """True at the `looks`-th sight of `text` since it came into view; `view` names the picture.

        Two looks keep out a one-dimensional code that was misread in one frame.
        """
        for other in [key for key, (_, last, _) in self._seen.items() if now - last > self._gap]:
            del self._seen[other]
        known = self._seen.get(text)
        count = known[2] + 1 if known is not None and known[0] == view else 1
        self._seen[text] = (view, now, count)
        return count == looks

    def unchanged(self, now: float) -> None:
        """Nothing moves: what is in view stays there, though nobody looks for it."""
        self._seen = {text: (view, now, count) for text, (view, _, count) in self._seen.items()}
