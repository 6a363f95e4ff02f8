"""Exit codes of every `ocop` command, and the one error that ends a command with a sentence."""

OK = 0
NO = 1  # the answer is no
USAGE = 2  # wrong use: arguments or configuration
FAILED = 3  # a device, a file or the network failed


class CommandError(Exception):
    """Ends a command. `message` is one sentence that says what was wrong and what to do.

    The dispatcher prints it on stderr, after `vi`, the same in Vietnamese, and exits with `code` (USAGE or FAILED).
    A message that is in both languages already is given as `vi` too, and printed once. `cause` is a word for
    programs, "" where there is none.
    """

    def __init__(self, message: str, code: int = USAGE, *, vi: str, cause: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.vi = vi
        self.cause = cause

    def told(self) -> str:
        """What to print: Vietnamese first."""
        english = str(self)
        return english if self.vi == english else f"{self.vi} / {english}"
