"""What reports read: stamps sold by batch, stamps that came back by day; the programme's targets."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_FIGURES = (
    "receipts", "lines", "qty", "amount", "stamps", "returned_qty", "returned_amount", "returned_stamps",
)  # fmt: skip
_NAMED = "u.sale_device = l.device AND u.sale_seq = l.seq AND u.line = l.line"
_ORDINALS = """
UPDATE undone_lines SET ordinal = (
  SELECT l.ordinal FROM sale_lines l
  WHERE l.device = sale_device AND l.seq = sale_seq AND l.line = undone_lines.line AND l.gtin = undone_lines.gtin
  LIMIT 1)
"""
_BACK = """
UPDATE sales_rollups SET returned_stamps = (
  SELECT count(*) FROM undone_lines u
  WHERE u.outlet = sales_rollups.outlet AND u.gtin = sales_rollups.gtin
    AND (u.at + 25200000) / 86400000 = sales_rollups.start
    AND u.frees AND NOT u.held AND u.ordinal IS NOT NULL)
WHERE span = 'day' AND returned_qty > 0
"""
_SOLD = f"""
INSERT INTO batch_rollups (batch, sold)
SELECT b.id, count(DISTINCT l.ordinal)
FROM sale_lines l
JOIN sales s ON l.device = s.device AND l.seq = s.seq AND l.hash = s.hash AND l.at = s.at
JOIN batches b ON l.gtin = b.gtin AND l.ordinal BETWEEN b.base AND b.base + b.last - b.first
WHERE NOT s.held AND NOT EXISTS (
  SELECT 1 FROM undone_lines u WHERE {_NAMED} AND u.outlet = s.outlet AND u.frees AND NOT u.held)
GROUP BY b.id
"""  # noqa: S608 (no value from outside)


def upgrade() -> None:
    op.add_column("undone_lines", sa.Column("ordinal", sa.BigInteger()))
    op.add_column(
        "sales_rollups", sa.Column("returned_stamps", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_table(
        "batch_rollups",
        sa.Column("batch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name=op.f("fk_batch_rollups_batch")),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_batch_rollups")),
    )
    op.create_table(
        "targets",
        sa.Column("year", sa.String(length=4), nullable=False),
        sa.Column("recognised", sa.Integer(), nullable=True),
        sa.Column("high_share", sa.Integer(), nullable=True),
        sa.Column("growth", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_targets")),
    )
    connection = op.get_bind()
    for statement in (_ORDINALS, _BACK, _SOLD):
        connection.execute(sa.text(statement))
    _months(connection)
    connection.execute(sa.text("UPDATE sales_rollups SET gtin = '*' WHERE gtin = ''"))
    for table, figures in (("sales_rollups", _FIGURES), ("look_rollups", ("looks",))):
        _together(connection, table, figures)
        op.create_index(
            op.f(f"ix_{table}_span_start_outlet"), table, ["span", "start", "outlet"],
            sqlite_where=sa.text("gtin = '*'"), postgresql_where=sa.text("gtin = '*'"),
        )  # fmt: skip


def _together(connection: sa.Connection, table: str, figures: tuple[str, ...]) -> None:
    """All goods of each outlet, and all outlets, as sums of their own, under "*"."""
    names, sums = ", ".join(figures), ", ".join(f"sum({name})" for name in figures)
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in figures)
    into = f"INSERT INTO {table} (span, start, outlet, gtin, {names}) SELECT span, start"
    connection.execute(
        sa.text(
            f"{into}, outlet, '*', {sums} FROM {table} WHERE gtin <> '*' GROUP BY span, start, outlet "
            f"ON CONFLICT (span, start, outlet, gtin) DO UPDATE SET {added}"
        )
    )
    connection.execute(sa.text(f"{into}, '*', gtin, {sums} FROM {table} GROUP BY span, start, gtin"))


def _months(connection: sa.Connection) -> None:
    """The months' stamps that came back, from their days."""
    days = connection.execute(
        sa.text(
            "SELECT start, outlet, gtin, returned_stamps FROM sales_rollups WHERE span = 'day' AND returned_stamps > 0"
        )
    ).all()
    change = sa.text(
        "UPDATE sales_rollups SET returned_stamps = returned_stamps + :count WHERE span = 'month' "
        "AND outlet = :outlet AND gtin = :gtin AND start = (SELECT max(start) FROM sales_rollups m "
        "WHERE m.span = 'month' AND m.outlet = :outlet AND m.gtin = :gtin AND m.start <= :start)"
    )
    for start, outlet, gtin, count in days:
        connection.execute(change, {"start": start, "outlet": outlet, "gtin": gtin, "count": count})


def downgrade() -> None:
    for table in ("sales_rollups", "look_rollups"):
        op.drop_index(op.f(f"ix_{table}_span_start_outlet"), table)
        op.execute(f"DELETE FROM {table} WHERE outlet = '*' OR (gtin = '*' AND '{table}' = 'look_rollups')")  # noqa: S608
    for name in _FIGURES[1:]:
        op.execute(f"UPDATE sales_rollups SET {name} = 0 WHERE gtin = '*'")  # noqa: S608
    op.execute("UPDATE sales_rollups SET gtin = '' WHERE gtin = '*'")
    op.drop_table("targets")
    op.drop_table("batch_rollups")
    op.drop_column("sales_rollups", "returned_stamps")
    op.drop_column("undone_lines", "ordinal")
