"""Becoming a device of the office: by a one-use code, or anew, vouched for by the key one has had."""

import hashlib
import hmac
import json
import zlib

import aiohttp
from yarl import URL

from sync import canonical, catalogue, enrolment
from sync.host.device_key import DeviceKey, verify
from sync.host.office import Identity, Office, OfficeError, exchange, undated_tls


async def enrol(
    session: aiohttp.ClientSession,
    base: str,
    code: str,
    key: DeviceKey,
    device: str = "",
    root_sha256: str = "",
) -> tuple[Identity, dict[str, object]]:
    """Become a device of the office: (identity, root envelope). The code itself is not sent.

    `device` is who we were, to stay it at an office that has forgotten us; `root_sha256` is what the
    office's QR code says of its newest root, "" if it was not read. Raises enrolment.CodeError for a
    mistyped code, OfficeError when the office refuses or the answer does not prove that the office
    knows the code.
    """
    secret = enrolment.read(code)
    mac = hmac.digest(secret, enrolment.request_message(key.public, device), "sha256")
    wish = {"public": key.public.hex(), "mac": mac.hex()} | ({"device": device} if device else {})
    url = URL(base).join(URL("/sync/v1/enrol"))
    headers: dict[str, str] = {"Content-Type": "application/json"}
    answered: dict[str, str] = {}
    sent = json.dumps(wish).encode()
    try:
        status, answer = await exchange(session, "POST", url, sent, headers, answered)
    except OfficeError as error:
        if error.code != "certificate":
            raise
        # Perhaps this device has no clock yet; the office proves itself by the code.
        tls = undated_tls()
        status, answer = await exchange(session, "POST", url, sent, headers, answered, tls=tls)
    if status != 200:
        raise _refusal(status, answer)
    expected = hmac.digest(secret, enrolment.answer_message(answer, key.public), hashlib.sha256)
    if not hmac.compare_digest(expected.hex(), answered.get("ocop-enrol-mac", "")):
        raise OfficeError("not_office", "the answer does not come from the office that made this code.")
    value = canonical.decode(answer)
    if root_sha256 and catalogue.sha256_hex(canonical.encode(value["root"])) != root_sha256:
        raise OfficeError("not_office", "the office's root document is not the one that its QR code names.")
    root = catalogue.check_root(value["root"], verify)
    return Identity(value["device"], value["outlet"], root), value["root"]


def _refusal(status: int, answer: bytes) -> OfficeError:
    """What a refusal says. An answer without a reason of ours is nobody's office."""
    try:
        reason = str(json.loads(answer)["reason"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return OfficeError(
            "not_office", f"something else than the office answered {status}; look at the address once more."
        )
    return OfficeError(reason, _REFUSALS.get(reason, f"the office answered {status} ({reason})."))


_REFUSALS = {
    "unknown_code": "the office does not know this code: it was used, is over ten minutes old, or mistyped.",
    "revoked": "the office has revoked this device; to go on at all, it takes a new card and a new code.",
    "other_outlet": "the code is for another outlet than this device's; ask for one of its own outlet.",
}


async def renew(office: Office, new: DeviceKey) -> str:
    """Ask to be a new device with the key `new`, in a request that the old key signs. Its name.

    Asking again with the same key gives the same name. Raises OfficeError.
    """
    old = office.identity.device
    wish = {
        "public": new.public.hex(),
        "proof": new.sign(enrolment.renewal_message(old, new.public)).hex(),
    }
    answer = await office.ask("POST", "/sync/v1/enrol", body=zlib.compress(json.dumps(wish).encode()))
    renewed = await office.checked(answer, "renewed")
    if renewed.get("public") != new.public.hex() or renewed.get("replaces") != old:
        raise OfficeError("not_office", "the office made another device new than this one.")
    return str(renewed["device"])
