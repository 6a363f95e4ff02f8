"""How many stamps of a batch were left when their data was deleted: totals stay right after that."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

# What was deleted before is taken for left as far as it was not sold: which of it was void is not known any more.
_OPEN = """
SELECT DISTINCT l.gtin, l.serial FROM sale_lines l
JOIN sales s ON l.device = s.device AND l.seq = s.seq AND l.hash = s.hash AND l.at = s.at
WHERE NOT s.held AND l.ordinal IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM undone_lines u WHERE u.sale_device = l.device AND u.sale_seq = l.seq AND u.line = l.line
    AND u.outlet = s.outlet AND u.frees AND NOT u.held)
"""
_LAST = "CASE WHEN t.last < b.last THEN t.last ELSE b.last END"
_FIRST = "CASE WHEN t.first > b.first THEN t.first ELSE b.first END"
_FILL = f"""
UPDATE batches SET expired = (
  SELECT coalesce(sum({_LAST} - {_FIRST} + 1 - (
    SELECT count(*) FROM ({_OPEN}) o WHERE o.gtin = b.gtin AND o.serial BETWEEN {_FIRST} AND {_LAST})), 0)
  FROM batches b JOIN tombstones t ON t.gtin = b.gtin AND t.first <= b.last AND t.last >= b.first
  WHERE b.id = batches.id)
WHERE EXISTS (
  SELECT 1 FROM tombstones t
  WHERE t.gtin = batches.gtin AND t.first <= batches.last AND t.last >= batches.first)
"""  # noqa: S608 (no value from outside)


def upgrade() -> None:
    op.add_column("batches", sa.Column("expired", sa.BigInteger(), server_default="0", nullable=False))
    op.execute(_FILL)


def downgrade() -> None:
    raise NotImplementedError("restore the backup from before")
