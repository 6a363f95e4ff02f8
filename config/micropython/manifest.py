"""The core for MicroPython firmware: freeze it with `FROZEN_MANIFEST=.../config/micropython/manifest.py`."""

# Names that MicroPython's build provides: metadata, package.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined"

metadata(description="ocop-kiosk: the core of verification, printing and sync", version="0.1.0")

package(
    "kiosk",
    base_path="../..",
    files=[
        "__init__.py",
        "actions.py",
        "baskets.py",
        "calendar.py",
        "cases.py",
        "clock.py",
        "lookups.py",
        "memory.py",
        "patterns.py",
        "phrases.py",
        "sales.py",
        "sold.py",
        "staff_phrases.py",
        "texts.py",
        "verdicts.py",
    ],
)
package(
    "printer",
    base_path="../..",
    files=[
        "__init__.py",
        "dates.py",
        "documents.py",
        "escpos.py",
        "layout.py",
        "money.py",
        "profiles.py",
        "receipts.py",
        "vietnamese.py",
    ],
)
package(
    "scanner",
    base_path="../..",
    files=[
        "__init__.py",
        "ai_rules.py",
        "ai_table.py",
        "ai_values.py",
        "characters.py",
        "check_digits.py",
        "code_lists.py",
        "codes.py",
        "compressed_links.py",
        "coupons.py",
        "dates.py",
        "digital_link.py",
        "ean.py",
        "element_strings.py",
        "errors.py",
        "stamps.py",
        "value_rules.py",
    ],
)
package(
    "sync",
    base_path="../..",
    files=[
        "__init__.py",
        "canonical.py",
        "catalogue.py",
        "ed25519.py",
        "enrolment.py",
        "envelopes.py",
        "http_signatures.py",
        "journal.py",
        "roaring.py",
        "segments.py",
        "sha512.py",
        "verification.py",
    ],
)
