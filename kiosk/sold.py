"""Whether a stamp counts as sold: the published sets, and this device's own later entries.

A stamp is sold while a sale line of it exists that no void and no unharmed refund naming that very line
has undone, whatever the order of arrival. The office publishes three exact sets over stamp ordinals,
complete up to a mark (seq) for each device: all sold (everywhere), sold at this outlet (here), and with
two or more open sales (twice). What this device wrote above its own mark is not in them yet, and
overrides them:

- an own sale takes the stamp;
- an own void or unharmed refund undoes the line it names. A line above the marks was not counted, so
  nothing else changes. A line at or below its device's mark was counted, and undoing it frees the stamp
  if it was the only open one: the stamp is not in the third set, and no other device of the outlet has
  undone that same line before (else the set counts a later sale, which must stay).

The answer is never looser than the truth as far as the device knows it, and equal to it once all is
synced. One sale holds a stamp once at most, so (device, seq) names the line.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from sync.roaring import Roaring

Published = namedtuple("Published", ("everywhere", "here", "twice", "marks"))
"""Three sets (`contains(ordinal)`) of one `current`, and marks {device: [seq, hash hex]} common to them."""

OwnSale = namedtuple("OwnSale", ("seq",))
"""An entry of this device that took the stamp: a sale, or damage."""

OwnUndo = namedtuple("OwnUndo", ("seq", "device", "sale"))
"""A void or unharmed refund of this device, of the line sold by `device` (None: this one) in entry `sale`."""


def sold_here(
    published: "Published",
    mark: int,
    ordinal: "int | None",
    own: "Collection[Any]",
    undone: "Collection[tuple[str | None, int]] | None" = None,
) -> bool:
    """Whether the stamp is sold at this outlet.

    mark    seq up to which the sets hold this device's entries; 0 if the (seq, hash) of the published
            mark is not in its own journal (a restored card), so that every own sale counts
    ordinal the stamp's place in the sets; None for an older stamp in no batch: the sets cannot hold it, so
            that the device's own entries are all that is known
    own     all OwnSale and OwnUndo of this stamp in this device's journal
    undone  lines (device, seq; device None: this one) that other devices of the outlet have undone, at or
            below their marks; None if their entries are not all here, and then, where there are such
            devices, an own undo does not free what the sets hold before they are published anew
    """
    if not own:  # nearly always
        return _in(published.here, ordinal)
    if ordinal is None:
        mark = 0
    taken = {entry.seq for entry in own if isinstance(entry, OwnSale) and entry.seq > mark}
    undos = [entry for entry in own if isinstance(entry, OwnUndo)]
    settled = {(undo.device, undo.sale) for undo in undos if undo.seq <= mark}
    freed = False
    for undo in undos:
        line = (undo.device, undo.sale)
        if undo.seq <= mark or line in settled:
            continue
        if undo.device is None and undo.sale > mark:
            taken.discard(undo.sale)
            continue
        counted_to = mark if undo.device is None else _seq(published.marks, undo.device)
        if undo.sale <= counted_to and _still_counted(line, published, undone):
            freed = True
    if taken:
        return True
    return bool(_in(published.here, ordinal)) and not (freed and not _in(published.twice, ordinal))


def sold_elsewhere(published: "Published", ordinal: "int | None") -> bool:
    """Whether another outlet sold the stamp, as published."""
    return _in(published.everywhere, ordinal) and not _in(published.here, ordinal)


def _still_counted(
    line: "tuple[str | None, int]",
    published: "Published",
    undone: "Collection[tuple[str | None, int]] | None",
) -> bool:
    if undone is not None:
        return line not in undone
    others = [device for device in published.marks if _seq(published.marks, device)]
    return line[0] is None and len(others) <= 1  # nobody but this device, whose line it is


def _seq(marks: "dict[str, Any]", device: str) -> int:
    return int(marks[device][0]) if device in marks else 0


def _in(ordinals: "Roaring", ordinal: "int | None") -> bool:
    return ordinal is not None and bool(ordinals.contains(ordinal))
