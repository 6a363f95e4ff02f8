"""Records that other records name: by key, or by the name that people know them by."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from office import schema
from office.registry.fields import FieldError, Problems, Refused
from office.registry.kinds import KINDS, Kind
from office.registry.store import Store
from office.registry.text import folded

_MOST_OPTIONS = 300
_P, _I, _L = schema.products, schema.trade_items, schema.lots


Names = dict[tuple[str, str], str]
"""The keys that names turned out to mean, by kind and name."""


def resolved(store: Store, kind: Kind, found: dict[str, Any], names: Names | None = None) -> dict[str, str]:
    """The keys that the ref fields of a record mean. Raises Refused for those that mean none, or several."""
    keys: dict[str, str] = {}
    problems: Problems = {}
    known = {} if names is None else names
    for field in kind.fields:
        given = found.get(field.name)
        if field.type != "ref" or not given:
            continue
        try:
            if (field.ref, given) not in known:
                known[field.ref, given] = resolve(store, field.ref, given)
            keys[field.name] = known[field.ref, given]
        except FieldError as error:
            problems[field.name] = error
    if problems:
        raise Refused(problems)
    return keys


def resolve(store: Store, name: str, given: str) -> str:
    """The key of the record of kind `name` that `given` (its key or name) means. Raises FieldError."""
    given = given.partition(" · ")[0].strip()  # as the options of a form are written
    kind = KINDS[name]
    (key,) = kind.table.primary_key
    wanted = given.rjust(14, "0") if name == "trade_items" and given.isdigit() else given
    if store.get(kind.table, wanted) is not None:
        return wanted
    if "search" in kind.table.c:
        store.flush()
        like = select(key, kind.table.c.name).where(
            kind.table.c.search.contains(folded(given), autoescape=True)
        )
        rows = store.connection.execute(like.limit(20)).all()
        same = [row[0] for row in rows if folded(row[1]) == folded(given)]
        if len(same) == 1:
            return str(same[0])
        if rows:
            listed = "; ".join(f"{row[0]} · {row[1]}" for row in rows[:3])
            raise FieldError(f"“{given}” có thể là: {listed}.", f"“{given}” may mean: {listed}.")
    raise FieldError(
        f"Không có {kind.one[0].lower()} “{given}”; hãy thêm trước.",
        f"There is no {kind.one[1].lower()} “{given}”; add it first.",
    )


def titles(connection: Connection, name: str, keys: Iterable[str]) -> dict[str, str]:
    """What people call the records of these keys, by key."""
    wanted = sorted(set(keys) - {"", None})
    kind = KINDS[name]
    if name == "trade_items":
        query = select(_I.c.gtin, _P.c.name, _I.c.net).join(_P, _P.c.id == _I.c.product)
        rows = connection.execute(query.where(_I.c.gtin.in_(wanted)))
        return {gtin: f"{title} {net}".strip() for gtin, title, net in rows}
    if name == "lots":
        lots = connection.execute(select(_L.c.id, _L.c.gtin, _L.c.code).where(_L.c.id.in_(wanted))).all()
        goods = titles(connection, "trade_items", [lot.gtin for lot in lots])
        return {lot.id: f"{goods[lot.gtin]} · {lot.code}" for lot in lots}
    if "name" not in kind.table.c:
        return {}
    (key,) = kind.table.primary_key
    rows = connection.execute(select(key, kind.table.c.name).where(key.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def options(connection: Connection, name: str) -> list[str]:
    """What a form offers for a reference: "key · name", as long as there are few enough to offer."""
    kind = KINDS[name]
    (key,) = kind.table.primary_key
    keys = list(connection.execute(select(key).order_by(key).limit(_MOST_OPTIONS)).scalars())
    known = titles(connection, name, keys)
    return [_written(one, known) for one in keys]


def written(connection: Connection, refs: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """Of a form's texts those that refer to a record, as `options` writes them. `refs`: kinds by field."""
    return {
        name: _written(given[name], titles(connection, ref, [given[name]]))
        for name, ref in refs.items()
        if given.get(name)
    }


def _written(key: str, known: dict[str, str]) -> str:
    return f"{key} · {known[key]}" if key in known else key
