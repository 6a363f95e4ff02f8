"""The journal verifier with real signatures, and against tampering that nobody thought of."""

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sync import journal
from sync.canonical import encode
from sync.envelopes import key_id, seal
from sync.host.device_key import DeviceKey, verify
from sync.verification import verify_export

KEY = DeviceKey(bytes(range(32)))
THIEF = DeviceKey(bytes(range(1, 33)))
KINDS = {
    "altered",
    "bad_checkpoint",
    "duplicate",
    "forked",
    "gap",
    "malformed",
    "other_device",
    "removed_head",
    "removed_tail",
    "renumbered",
    "reordered",
    "truncated",
}


def export(count: int, key: DeviceKey = KEY, reason: str = "") -> list[str]:
    """An export as the kiosk makes it, through sync.journal and sync.envelopes."""
    previous = journal.START
    rows: list[Any] = [{"device": "HT01A", "key": key.public.hex(), "from": 1, "prev_hash": previous.hex()}]
    for seq in range(1, count + 1):
        body = encode({"v": 1, "reason": f"{reason}Tem bị mờ {seq}", "verdict": "genuine"})
        header = journal.header_bytes(
            "HT01A", seq, 1795400000000 + seq * 1000, seq * 1000, "sure", "report", body
        )
        previous = journal.entry_hash(previous, header)
        rows.append({"header": header.decode(), "body": body.decode(), "hash": previous.hex()})
    signed = {"type": "checkpoint", "device": "HT01A", "seq": count, "hash": previous.hex()}
    rows.append(seal(signed, [(key_id(key.public), key.sign)]))
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def kinds(lines: list[str], later: list[str] | None = None) -> set[str]:
    checkpoint = json.loads(later[-1]) if later else None
    return {problem["kind"] for problem in verify_export(lines, verify, KEY.public, checkpoint)}


def test_sound() -> None:
    for count in (1, 2, 50):
        assert kinds(export(count)) == set()
    assert kinds(export(5), export(3)) == set()


def test_a_thief_without_the_key() -> None:
    assert kinds(export(5, THIEF)) == {"bad_checkpoint"}
    assert verify_export(export(5, THIEF), verify) == []  # that is why --key is to be given
    assert kinds(export(5, reason="x")[:-1] + export(5)[-1:]) == {"bad_checkpoint"}


def test_a_later_checkpoint_shows_a_removed_tail_or_a_second_history() -> None:
    assert kinds(export(3), export(5)) == {"removed_tail"}
    assert kinds(export(5), export(4, reason="other ")) == {"forked"}


@settings(max_examples=300)
@given(st.data())
def test_no_change_of_one_letter_goes_unseen(data: st.DataObject) -> None:
    lines = export(4)
    row = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[row]) - 1))
    letter = data.draw(st.characters(exclude_categories=["Cs", "Cc"]))
    changed = lines[row][:place] + letter + lines[row][place + 1 :]
    try:
        unchanged = _facts(row, json.loads(changed)) == _facts(row, json.loads(lines[row]))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        unchanged = False
    assume(not unchanged)
    lines[row] = changed
    found = kinds(lines)
    assert found
    assert found <= KINDS


def _facts(row: int, value: Any) -> Any:
    """What a line says that anything rests on; hex may be spelled in capitals."""
    if row == 0:  # the head's key gives way to the one that was passed
        return value["device"], value["from"], value["prev_hash"].lower(), len(bytes.fromhex(value["key"]))
    if "signed" in value:
        return value["signed"], value["signatures"][0]["sig"].lower()
    return value["header"], value["body"], value["hash"].lower()


@settings(max_examples=200)
@given(st.permutations(range(6)), st.integers(0, 6))
def test_no_other_order_and_no_missing_line_goes_unseen(order: list[int], kept: int) -> None:
    lines = export(6)
    chosen = [lines[1 + place] for place in order[:kept]]
    found = kinds([lines[0], *chosen, lines[-1]])
    if chosen == lines[1:-1]:
        assert found == set()
    else:
        assert found
        assert found <= {"gap", "reordered", "removed_tail"}


@settings(max_examples=200)
@given(st.lists(st.text(max_size=60) | st.sampled_from(export(3)), max_size=8))
def test_any_text_is_named_and_never_an_exception(lines: list[str]) -> None:
    if [line for line in lines if line.strip()] != export(3):
        assert kinds(lines)


@settings(max_examples=200)
@given(st.data())
def test_json_of_any_shape_is_named_and_never_an_exception(data: st.DataObject) -> None:
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )
    lines = export(3)
    row = data.draw(st.integers(0, len(lines) - 1))
    value = json.loads(lines[row])
    name = data.draw(st.sampled_from(sorted(value)))
    new = data.draw(anything)
    assume(new != value[name] and name != "key")
    value[name] = new
    lines[row] = json.dumps(value)
    assert kinds(lines)
    other = json.loads(export(3)[-1])
    other["signed"][data.draw(st.sampled_from(sorted(other["signed"])))] = new
    verify_export(export(3), verify, KEY.public, other)
