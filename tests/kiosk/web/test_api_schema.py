"""Schemathesis over the staff's OpenAPI document: whatever the shape of a request, its answer is as described.

That an integer may be written 0.0 is the one thing in which JSON Schema and msgspec differ; so what must be refused
is tested by hand (`test_listeners`), and here only what is answered.
"""

import asyncio

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from kiosk.host.web import api

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]
EXAMPLES = 15
# Wrong PINs slow the next try down, logging out ends the run, enrolling asks another machine: each has its own tests.
BY_HAND = {
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("POST", "/api/approvals"),
    ("POST", "/api/office/enrol"),
}
SCHEMA = schemathesis.openapi.from_dict(api.openapi("0"))
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
CASES = [one for one in OPERATIONS if (one.method.upper(), one.path) not in BY_HAND]


def run(operation, address, cookie):
    """Send what Hypothesis makes of the operation. Raises what the checks find."""

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case):
        case.call_and_validate(
            base_url=address,
            cookies={"ocop_staff": cookie},
            checks=CHECKS,
            timeout=30,
            headers={"Origin": address},
        )

    send()


@pytest.mark.parametrize("operation", CASES, ids=lambda one: f"{one.method.upper()} {one.path}")
async def test_every_answer_is_as_described(shop, operation):
    async with shop.session.post("/api/session", json={"pin": "654321"}) as answer:
        cookie = answer.cookies["ocop_staff"].value
    await asyncio.to_thread(run, operation, shop.staff, cookie)


def test_nothing_is_left_out_but_what_has_its_own_tests():
    assert len(CASES) + len(BY_HAND) == len(OPERATIONS)
