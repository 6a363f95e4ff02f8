"""The scanner's one error."""


class CodeError(ValueError):
    """A text that has the shape of a GS1 code but breaks its rules. The message is for people."""
