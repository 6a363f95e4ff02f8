"""What printers can do, as data: a new printer is a new row here, never new code.

columns     cells of Font A (12 x 24 dots) across the paper: 48 (80 mm), 42 (80 mm, 180 dpi), 32 (58 mm)
pages       [(number for ESC t, name of the table in printer.vietnamese)]; empty: ASCII only,
            every other letter is drawn as dots
native_qr   the printer draws QR codes itself (GS ( k)
positions   ESC $ counts single dots, so that a long gap costs four bytes
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Profile = dict[str, Any]

CELL_WIDTH = 12  # dots of Font A
CELL_HEIGHT = 24

_TCVN = [(30, "tcvn3_lower"), (31, "tcvn3_upper"), (52, "cp1258")]

PROFILES = {
    # Epson's newer TM printers, and those that copy their pages 30, 31 and 52.
    "tcvn": {"columns": 48, "pages": _TCVN, "native_qr": True, "positions": True},
    # The virtual printer understands what an Epson does.
    "virtual": {"columns": 48, "pages": _TCVN, "native_qr": True, "positions": True},
    # Any ESC/POS printer whatever its pages: ASCII is text, everything else is dots.
    "plain": {"columns": 48, "pages": [], "native_qr": False, "positions": False},
    "plain-58": {"columns": 32, "pages": [], "native_qr": False, "positions": False},
}


def profile(name: str) -> "Profile":
    """The profile of that name. Raises ValueError that lists the names there are."""
    if name not in PROFILES:
        raise ValueError(f"there is no printer profile {name}; there are: " + ", ".join(sorted(PROFILES)))
    return PROFILES[name]


def dots(columns: int) -> int:
    """Printable dots of a paper of so many cells: 576, 512 or 384 for the usual three."""
    return 512 if columns == 42 else columns * CELL_WIDTH
