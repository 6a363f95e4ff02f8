"""Sale lines, their sales, and what undoes them: the conditions by which these tables meet."""

from sqlalchemy import ColumnElement, and_, exists

from office.schema import sale_lines, sales, undone_lines

NAMED = and_(
    undone_lines.c.sale_device == sale_lines.c.device,
    undone_lines.c.sale_seq == sale_lines.c.seq,
    undone_lines.c.line == sale_lines.c.line,
)
UNDOES = and_(NAMED, undone_lines.c.outlet == sales.c.outlet, undone_lines.c.frees, ~undone_lines.c.held)
"""The void or unharmed refund that undid a line: in the same outlet, naming that very line."""


def still_open() -> ColumnElement[bool]:
    """Whether a line of `sale_lines` (joined to `sales`) counts as sold, as far as undoing goes."""
    return ~exists().where(UNDOES)
