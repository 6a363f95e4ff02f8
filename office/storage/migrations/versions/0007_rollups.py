"""Sales and looks added up for reports; voids and refunds keep their time and GTIN."""

import json
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_FIGURES = ("receipts", "lines", "qty", "amount", "stamps", "returned_qty", "returned_amount")
_DAY = "(at + 25200000) / 86400000"
_FILL = f"""
INSERT INTO sales_rollups (span, start, outlet, gtin, {", ".join(_FIGURES)})
SELECT 'day', day, outlet, gtin, {", ".join(f"sum({name})" for name in _FIGURES)} FROM (
  SELECT {_DAY} AS day, outlet, '' AS gtin, 1 AS receipts, 0 AS lines, 0 AS qty, 0 AS amount, 0 AS stamps,
    0 AS returned_qty, 0 AS returned_amount
  FROM sales WHERE NOT held
  UNION ALL
  SELECT {_DAY}, s.outlet, l.gtin, 0, 1, l.qty, l.amount, CASE WHEN l.ordinal IS NULL THEN 0 ELSE 1 END, 0, 0
  FROM sale_lines l JOIN sales s ON l.device = s.device AND l.seq = s.seq AND l.hash = s.hash WHERE NOT s.held
  UNION ALL
  SELECT {_DAY}, outlet, gtin, 0, 0, 0, 0, 0, qty, amount FROM undone_lines WHERE NOT held
) found GROUP BY day, outlet, gtin
"""  # noqa: S608 (no value from outside)
_LOOKS = f"""
INSERT INTO look_rollups (span, start, outlet, gtin, looks)
SELECT 'day', {_DAY}, outlet, coalesce(gtin, ''), count(*) FROM scans WHERE purpose = 'look'
GROUP BY {_DAY}, outlet, coalesce(gtin, '')
"""  # noqa: S608


def upgrade() -> None:
    for table, figures in (("sales_rollups", _FIGURES), ("look_rollups", ("looks",))):
        op.create_table(
            table,
            sa.Column("span", sa.String(length=5), nullable=False),
            sa.Column("start", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("outlet", sa.String(length=20), nullable=False),
            sa.Column("gtin", sa.String(length=14), nullable=False),
            *(sa.Column(name, sa.BigInteger(), nullable=False) for name in figures),
            sa.CheckConstraint("span IN ('day', 'month')", name=op.f(f"ck_{table}_span")),
            sa.PrimaryKeyConstraint("span", "start", "outlet", "gtin", name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )
    op.add_column("undone_lines", sa.Column("at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("undone_lines", sa.Column("gtin", sa.String(length=14), server_default="", nullable=False))
    _complete()
    connection = op.get_bind()
    connection.execute(sa.text(_FILL))
    connection.execute(sa.text(_LOOKS))
    for table, figures in (("sales_rollups", _FIGURES), ("look_rollups", ("looks",))):
        _months(connection, table, figures)


def _complete() -> None:
    """Give the voids and refunds of before their time and GTIN, from their entries."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT u.device, u.seq, u.hash, e.header, e.body FROM undone_lines u JOIN entries e "
            "ON e.device = u.device AND e.seq = u.seq AND e.hash = u.hash"
        )
    ).all()
    change = sa.text(
        "UPDATE undone_lines SET at = :at, gtin = :gtin "
        "WHERE device = :device AND seq = :seq AND hash = :hash AND line = :line"
    )
    for device, seq, digest, header, body in rows:
        at = json.loads(header)["at"]
        for line in json.loads(body)["lines"]:
            values = {"device": device, "seq": seq, "hash": digest, "line": line["line"]}
            connection.execute(change, values | {"at": at, "gtin": line["gtin"]})


def _months(connection: sa.Connection, table: str, figures: tuple[str, ...]) -> None:
    first, last = connection.execute(sa.text(f"SELECT min(start), max(start) FROM {table}")).one()  # noqa: S608
    epoch = date(1970, 1, 1).toordinal()
    while first is not None and first <= last:
        day = date.fromordinal(first + epoch)
        start = day.replace(day=1).toordinal() - epoch
        first = date(day.year + day.month // 12, day.month % 12 + 1, 1).toordinal() - epoch
        sums = ", ".join(f"sum({name})" for name in figures)
        connection.execute(
            sa.text(
                f"INSERT INTO {table} (span, start, outlet, gtin, {', '.join(figures)}) "  # noqa: S608
                f"SELECT 'month', {start}, outlet, gtin, {sums} FROM {table} "
                f"WHERE span = 'day' AND start >= {start} AND start < {first} GROUP BY outlet, gtin"
            )
        )


def downgrade() -> None:
    op.drop_column("undone_lines", "gtin")
    op.drop_column("undone_lines", "at")
    op.drop_table("look_rollups")
    op.drop_table("sales_rollups")
