import alembic.config
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from office.schema import metadata
from office.storage import database


def _parts(sql):
    """The columns and constraints of a CREATE TABLE: a column that was added later stands elsewhere."""
    head, _, inside = sql.partition("(")
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(inside):
        depth += (letter == "(") - (letter == ")")
        if depth < 0 or (letter == "," and depth == 0):
            parts.append(" ".join(inside[start:at].replace('"', "").split()))
            start = at + 1
    return sorted([head.replace('"', "").strip(), *parts])


def _definitions(engine):
    """Every column and constraint as SQLite wrote them down, without order."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'")
        ).all()
    return {name: _parts(sql) for name, sql in rows}


def test_migrated_schema_is_the_metadata(tmp_path):
    engine = database.open_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    database.migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    made = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(made)
    assert _definitions(engine) == _definitions(made)


def test_migrated_schema_is_the_metadata_on_postgresql(postgresql):
    server, template = postgresql
    engine = database.open_engine(server.url(server.create(template)))
    parts = "SELECT inhrelid::regclass::text FROM pg_inherits"
    with engine.connect() as connection:
        partitions = set(connection.execute(text(parts)).scalars())

        def ours(item, name, kind, reflected, _):
            if kind == "foreign_key_constraint" and not reflected and item._ddl_if:  # only SQLite's
                return False
            if kind == "foreign_key_constraint":  # PostgreSQL lists those to each partition too
                return item.elements[0].target_fullname.split(".")[0] not in partitions
            return kind != "table" or name not in partitions

        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []
        keys = "SELECT relname FROM pg_partitioned_table JOIN pg_class ON oid = partrelid"
        assert set(connection.execute(text(keys)).scalars()) == {"scans", "sales", "sale_lines"}
    engine.dispose()


def test_migrations_are_one_chain():
    config = alembic.config.Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_migrating_again_changes_nothing(tmp_path):
    engine = database.open_engine(f"sqlite:///{tmp_path / 'office.db'}")
    database.migrate(engine)
    before = _definitions(engine)
    database.migrate(engine)
    assert _definitions(engine) == before


def test_commits_are_durable(tmp_path):
    engine = database.open_engine(f"sqlite:///{tmp_path / 'office.db'}")
    with database.reading(engine) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
