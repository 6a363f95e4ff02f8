"""The one error of the registry and of stamps."""

from config.exits import NO, CommandError


class RegistryError(CommandError):
    """What was asked contradicts the registry; the message says why and what to do.

    `vi` is the same in Vietnamese; `field` names the field of a form that it is about.
    """

    def __init__(self, message: str, vi: str, field: str = "") -> None:
        super().__init__(message, NO, vi=vi)
        self.field = field
