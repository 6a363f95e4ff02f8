"""How long a device waits before it tries its office again, so that thousands do not all come back at once."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

FIRST, LONGEST = 0.5, 20.0  # seconds, where the office says nothing
LONGEST_TOLD = 900.0  # seconds: no office silences a till for longer


class Pauses:
    """The pauses between tries that fail, in seconds.

    uniform  a chance between two numbers, as `random.uniform`
    """

    def __init__(self, uniform: "Callable[[float, float], float]") -> None:
        self._uniform = uniform
        self._longest = FIRST

    def next(self, told: float = 0) -> float:
        """The pause after one more failure: anything up to a bound that doubles each time (full jitter), or
        once to twice what the office asked for (`told` seconds)."""
        if told > 0:
            least = min(told, LONGEST_TOLD / 2)
            return self._uniform(least, 2 * least)
        longest, self._longest = self._longest, min(2 * self._longest, LONGEST)
        return self._uniform(0, longest)

    def over(self) -> None:
        """A try succeeded: the next failure is the first again."""
        self._longest = FIRST


def told(retry_after: "str | None") -> int:
    """The seconds that `Retry-After` asks for (RFC 9110, 10.2.3); 0 without one, or where it is a date."""
    text = (retry_after or "").strip()
    digits = text and all("0" <= letter <= "9" for letter in text)
    return int(text[:9]) if digits else 0
