"""Whatever the office writes into its audit log has words."""

import ast
from pathlib import Path

from office.pages.deeds import DEEDS

OFFICE = Path(__file__).parents[3] / "office"
FORMS = {"add", "password", "disable", "enable", "forget", "role"}  # of f"account-{act}"


def actions(call):
    """The texts that the action of a call of `note` can be."""
    match call.args[3]:
        case ast.Constant(value=text):
            return {text}
        case ast.IfExp(body=ast.Constant(value=one), orelse=ast.Constant(value=other)):
            return {one, other}
        case ast.JoinedStr(values=[ast.Constant(value="account-"), _]):
            return {f"account-{name}" for name in FORMS}
        case other:
            raise AssertionError(ast.unparse(other))


def test_every_deed_is_told_in_both_languages():
    noted = set()
    for path in OFFICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and len(node.args) > 3:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                noted |= actions(node) if name == "note" else set()
    assert noted == set(DEEDS)
    assert all(vi and en for vi, en in DEEDS.values())
