"""Whether a stamp counts as sold: the published sets, and later entries of the outlet's devices.

A stamp is sold while a sale line of it exists that no void and no unharmed refund naming that very line
has undone, whatever the order of arrival. The office publishes three exact sets over stamp ordinals,
complete up to a mark (seq) for each device: all sold (everywhere), sold at this outlet (here), and with
two or more open sales (twice). What a device of this outlet wrote above its mark is not in them yet, and
overrides them as far as it is known here (this device's own entries always are). So does an entry below the mark
that the office could not read (apart), for no set holds it:

- a sale takes the stamp, until a void or unharmed refund names it;
- a void or unharmed refund of a line that no set holds changes nothing else: it was not counted. One of
  a line that they hold frees the stamp if that was the only open one: the stamp is not in the third set, and
  nobody has undone that same line before (else the set counts a later sale, which must stay).

The answer is never looser than the truth as far as the device knows it, and equal to it once all is
synced. One sale holds a stamp once at most, so (device, seq) names the line.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from sync.roaring import Roaring

Published = namedtuple("Published", ("everywhere", "here", "twice", "marks", "apart"))
"""Three sets (`contains(ordinal)`) of one `current`; and common to them marks {device: [seq, hash hex]}, and what
they lack of the entries up to there, {device: [[first seq, last seq]]}."""

Taken = namedtuple("Taken", ("device", "seq"))
"""An entry that took the stamp: a sale, or damage."""

Undone = namedtuple("Undone", ("device", "seq", "sold_by", "sale"))
"""A void or unharmed refund, of the line sold by the device `sold_by` in its entry `sale`."""


def sold_here(
    published: "Published",
    marks: "dict[str, int]",
    ordinal: "int | None",
    moves: "Collection[Any]",
    complete: bool,
) -> bool:
    """Whether the stamp is sold at this outlet.

    marks    {device: seq} of this outlet's devices, up to which the sets hold their entries; 0 for this device
             if the (seq, hash) of its published mark is not in its own journal (a restored card), so that every
             own sale counts
    ordinal  the stamp's place in the sets; None for an older stamp in no batch: the sets cannot hold it, so
             that the entries are all that is known
    moves    all Taken and Undone of this stamp that are known here
    complete whether the entries of every device up to its mark are known here. If not, what the sets hold is
             not freed before they are published anew
    """
    if not moves:  # nearly always
        return _in(published.here, ordinal)
    if ordinal is None:
        marks = {}
    undone_before: "set[tuple[str, int]]" = set()
    undone: "set[tuple[str, int]]" = set()
    for move in moves:
        if isinstance(move, Undone):
            counted = _holds(published, marks, move.device, move.seq)
            (undone_before if counted else undone).add((move.sold_by, move.sale))
    for move in moves:
        line = (move.device, move.seq)
        new = isinstance(move, Taken) and not _holds(published, marks, move.device, move.seq)
        if new and line not in undone and line not in undone_before:
            return True
    freed = [
        line for line in undone if line not in undone_before and _holds(published, marks, line[0], line[1])
    ]
    only = complete and freed and not _in(published.twice, ordinal)
    return bool(_in(published.here, ordinal)) and not only


def sold_elsewhere(published: "Published", ordinal: "int | None") -> bool:
    """Whether another outlet sold the stamp, as published."""
    return _in(published.everywhere, ordinal) and not _in(published.here, ordinal)


def _holds(published: "Published", marks: "dict[str, int]", device: str, seq: int) -> bool:
    """Whether the sets hold what entry `seq` of `device` did."""
    if seq > marks.get(device, 0):
        return False
    return not any(first <= seq <= last for first, last in published.apart.get(device, ()))


def _in(ordinals: "Roaring", ordinal: "int | None") -> bool:
    return ordinal is not None and bool(ordinals.contains(ordinal))
