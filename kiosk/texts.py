"""Verdicts in words: for the shopper, and for staff with what to do. Plain text, no markup."""

from kiosk import actions, calendar, phrases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kiosk.verdicts import Verdict

    Text = dict[str, str]
    Texts = dict[str, Text]


def shopper_text(verdict: "Verdict", purpose: str) -> "Texts":
    """{"vi": {title, body}, "en": {title, body}} for the shopper's screen."""
    key = _variant(phrases.SHOPPER, verdict, purpose)
    return _texts(phrases.SHOPPER[key], verdict.facts)


def staff_text(verdict: "Verdict", purpose: str) -> "Texts":
    """The same shape for the till: what it means, and then what to do."""
    key = _variant(phrases.STAFF, verdict, purpose)
    texts = _texts(phrases.STAFF[key], verdict.facts)
    vi, en = ("", "") if key in phrases.SAY_WHAT_TO_DO else _to_do(verdict.action, purpose)
    more = [("", vi, "", en)]
    if verdict.facts["note"] is not None:
        more.append(phrases.STAFF[verdict.facts["note"] + "_note"])
    for four in more:
        for language, text in _texts(four, verdict.facts).items():
            texts[language]["body"] = (texts[language]["body"] + " " + text["body"]).strip()
    return texts


def fill(phrase: str, fields: "dict[str, str]") -> str:
    """`phrase` with its {fields} filled in, each part in [brackets] dropped if it names a field that
    `fields` lacks. Brackets may be nested; what is filled in is never read as a phrase."""
    parts: list[list[str]] = [[]]
    whole = [True]
    at = 0
    while at < len(phrase):
        char = phrase[at]
        if char == "[":
            parts.append([])
            whole.append(True)
        elif char == "]":
            inner = parts.pop()
            if whole.pop():
                parts[-1].append("".join(inner))
        elif char == "{":
            end = phrase.find("}", at)
            name = phrase[at + 1 : end]
            if name in fields:
                parts[-1].append(fields[name])
            else:
                whole[-1] = False
            at = end
        else:
            parts[-1].append(char)
        at += 1
    return "".join(parts[0]).strip()


def _variant(table: "dict[str, Any]", verdict: "Verdict", purpose: str) -> str:
    note = verdict.facts["note"]
    kinds = (f"older/{note}", "older") if verdict.facts["older"] else ()
    for more in kinds + (note, purpose):
        key = f"{verdict.verdict}/{more}"
        if key in table:
            return key
    return str(verdict.verdict)


def _to_do(action: str, purpose: str) -> "tuple[str, str]":
    said = actions.ACTIONS
    return said.get(action + "/" + purpose) or said.get(action) or ("", "")


def _texts(four: "tuple[str, str, str, str]", facts: "dict[str, Any]") -> "Texts":
    vi, en = _fields(facts, "vi"), _fields(facts, "en")
    return {
        "vi": {"title": four[0], "body": fill(four[1], vi)},
        "en": {"title": four[2], "body": fill(four[3], en)},
    }


def _fields(facts: "dict[str, Any]", language: str) -> "dict[str, str]":
    """The fields of phrases that are known, in the language's spelling."""
    product = facts["product"] or {}
    lot = facts["lot"] or {}
    sold = facts["sold"] or {}
    recall = facts["recall"] or {}
    withdrawal = facts["withdrawal"] or {}
    producer = facts["producer"] or {}
    older = facts["older"] or {}
    name = product.get("name")
    found = {
        "product": product.get("name_en") or name if language == "en" else name,
        "stars": product.get("stars"),
        "producer": producer.get("name"),
        "phone": producer.get("phone"),
        "lot": lot.get("code"),
        "produced": _date(lot.get("produced"), language),
        "expires": _date(lot.get("expires"), language),
        "recognised_until": _date(product.get("recognised_until"), language),
        "recalled_on": _day(recall.get("at"), language),
        "withdrawn_on": _date(withdrawal.get("on"), language),
        "reason": _sentence(recall.get("reason") or withdrawal.get("reason")),
        "older_until": _date(older.get("last_day"), language),
        "sold_number": sold.get("number"),
        "sold_on": _day(sold.get("at"), language),
        "sold_at": sold.get("outlet"),
    }
    return {field: str(value) for field, value in found.items() if value}


def _date(date: "str | None", language: str) -> "str | None":
    if not date:
        return None
    return calendar.vietnamese(date) if language == "vi" else calendar.english(date)


def _day(at: "int | None", language: str) -> "str | None":
    return None if at is None else _date(calendar.date_of(at), language)


def _sentence(text: "str | None") -> "str | None":
    """Without its full stop: the phrase sets one."""
    return text.rstrip(". ") if text else None
