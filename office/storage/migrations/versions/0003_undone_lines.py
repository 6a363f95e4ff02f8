"""What undoes a sale's line (void, refund), and what was damaged."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "undone_lines",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("sale_device", sa.String(length=24), nullable=False),
        sa.Column("sale_seq", sa.BigInteger(), nullable=False),
        sa.Column("qty", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("frees", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device", "seq", "hash"],
            ["entries.device", "entries.seq", "entries.hash"],
            name=op.f("fk_undone_lines_device_seq_hash"),
        ),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_undone_lines_outlet")),
        sa.PrimaryKeyConstraint("device", "seq", "hash", "line", name=op.f("pk_undone_lines")),
    )
    op.create_index(
        op.f("ix_undone_lines_sale_device_sale_seq_line"),
        "undone_lines",
        ["sale_device", "sale_seq", "line"],
    )
    op.create_table(
        "damaged_lines",
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), nullable=True),
        sa.Column("qty", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device", "seq", "hash"],
            ["entries.device", "entries.seq", "entries.hash"],
            name=op.f("fk_damaged_lines_device_seq_hash"),
        ),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.code"], name=op.f("fk_damaged_lines_outlet")),
        sa.PrimaryKeyConstraint("device", "seq", "hash", "line", name=op.f("pk_damaged_lines")),
    )


def downgrade() -> None:
    op.drop_table("damaged_lines")
    op.drop_table("undone_lines")
