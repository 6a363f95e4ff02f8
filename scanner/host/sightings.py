"""When a code in front of a camera is a new read, and when it is the one seen a moment ago."""

from typing import Final

GAP: Final = 1.5  # seconds out of sight after which a code that returns is read again


class Sightings:
    """Remembers which codes are in view. Times are seconds of any steady clock."""

    def __init__(self, gap: float = GAP) -> None:
        self._gap = gap
        self._seen: dict[str, tuple[str, float]] = {}  # text -> view, last seen

    def is_new(self, text: str, view: str, now: float) -> bool:
        """True at the first sight of `text` since it came into view; `view` names the picture."""
        for other in [key for key, (_, last) in self._seen.items() if now - last > self._gap]:
            del self._seen[other]
        known = self._seen.get(text)
        self._seen[text] = (view, now)
        return known is None or known[0] != view

    def unchanged(self, now: float) -> None:
        """Nothing moves: what is in view stays there, though nobody looks for it."""
        self._seen = {text: (view, now) for text, (view, _) in self._seen.items()}
