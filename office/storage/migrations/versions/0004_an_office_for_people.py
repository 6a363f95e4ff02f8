"""Forms, history, imports and roles: what officials at a desk need of the database."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXTS = {
    "producers": ("form", "representative", "email", "website", "search"),
    "products": ("usage", "search"),
    "outlets": ("commune", "certificate", "search"),
    "activations": ("by",),
}
_SEARCHED = {
    "producers": ("id", "name", "commune", "district", "phone"),
    "products": ("id", "name", "name_en", "group_name", "commune", "district"),
    "outlets": ("code", "name", "address", "commune"),
}
_ROLES = "role IN ('administrator', 'registrar', 'officer', 'inspector', 'producer', 'viewer')"


def upgrade() -> None:
    for table, names in _TEXTS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("lots", sa.Column("quantity", sa.BigInteger(), nullable=True))
    op.add_column("batches", sa.Column("fee", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "inspections",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("producer", sa.String(length=40), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("lot", sa.String(length=40), nullable=False),
        sa.Column("outlet", sa.String(length=20), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("laboratory", sa.Text(), nullable=False),
        sa.Column("consequence", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "consequence IN ('none', 'warning', 'recall', 'withdrawal')",
            name=op.f("ck_inspections_consequence"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
    )
    op.create_table(
        "files",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_kind_key"), "files", ["kind", "key"])
    op.create_table(
        "changes",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_kind_key"), "changes", ["kind", "key"])
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_table(
        "login_tries",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_tries")),
    )
    op.create_index(op.f("ix_login_tries_name_at"), "login_tries", ["name", "at"])
    _accounts()
    _fill_search()


def _accounts() -> None:
    """The table anew: SQLite changes no constraint in place, and nothing refers to accounts."""
    op.rename_table("accounts", "accounts_old")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE accounts_old RENAME CONSTRAINT pk_accounts TO pk_accounts_old")
    op.create_table(
        "accounts",
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("password", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("producer", sa.String(length=40), nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(role = 'producer') = (producer IS NOT NULL)", name=op.f("ck_accounts_producer")),
        sa.CheckConstraint(_ROLES, name=op.f("ck_accounts_role")),
        sa.ForeignKeyConstraint(["producer"], ["producers.id"], name=op.f("fk_accounts_producer")),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_accounts")),
    )
    kept = "login, name, role, salt, password, created_at, disabled"
    op.execute(f"INSERT INTO accounts ({kept}) SELECT {kept} FROM accounts_old")  # noqa: S608
    op.drop_table("accounts_old")


def _fill_search() -> None:
    connection = op.get_bind()
    for name, columns in _SEARCHED.items():
        table = sa.table(name, *(sa.column(column) for column in (*columns, "search")))
        key = table.c[columns[0]]
        for row in connection.execute(sa.select(*(table.c[column] for column in columns))).all():
            text = " ".join(str(value or "") for value in row)
            apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
            folded = " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())
            connection.execute(sa.update(table).where(key == row[0]).values(search=folded))


def downgrade() -> None:
    op.execute("UPDATE accounts SET role = 'viewer' WHERE role NOT IN ('officer', 'registrar', 'viewer')")
    op.rename_table("accounts", "accounts_new")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE accounts_new RENAME CONSTRAINT pk_accounts TO pk_accounts_new")
    op.create_table(
        "accounts",
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("password", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('officer', 'registrar', 'viewer')", name=op.f("ck_accounts_role")),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_accounts")),
    )
    kept = "login, name, role, salt, password, created_at, disabled"
    op.execute(f"INSERT INTO accounts ({kept}) SELECT {kept} FROM accounts_new")  # noqa: S608
    op.drop_table("accounts_new")
    for name in ("login_tries", "uploads", "changes", "files", "inspections"):
        op.drop_table(name)
    op.drop_column("batches", "fee")
    op.drop_column("lots", "quantity")
    for table, names in _TEXTS.items():
        for name in names:
            op.drop_column(table, name)
