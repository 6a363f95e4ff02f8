"""HTTP signatures with real Ed25519, and held against RFC 9421's own Ed25519 example."""

from base64 import b64decode

import pytest
from nacl.signing import SigningKey

from sync import http_signatures
from sync.envelopes import SyncError
from sync.host.device_key import DeviceKey, verify

# RFC 9421, B.1.4: the last 32 bytes of the SubjectPublicKeyInfo of test-key-ed25519.
RFC_KEY = b64decode("MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")[-32:]
# B.2.6: its signature base and signature.
RFC_BASE = (
    b'"date": Tue, 20 Apr 2021 02:07:55 GMT\n'
    b'"@method": POST\n'
    b'"@path": /foo\n'
    b'"@authority": example.com\n'
    b'"content-type": application/json\n'
    b'"content-length": 18\n'
    b'"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")'
    b';created=1618884473;keyid="test-key-ed25519"'
)
RFC_SIGNATURE = b64decode(
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
)


def test_rfc_9421_b_2_6_verifies() -> None:
    assert verify(RFC_KEY, RFC_BASE, RFC_SIGNATURE)
    assert not verify(RFC_KEY, RFC_BASE + b"\n", RFC_SIGNATURE)


def test_our_base_has_the_rfcs_lines() -> None:
    """We cover other components, so the whole base differs; the lines in common are the same."""
    ours = http_signatures.base("POST", "Example.com", "/foo", "param=Value&Pet=dog", None, "()").split(b"\n")
    theirs = RFC_BASE.split(b"\n")
    common = [line for line in ours if line in theirs]
    assert common == [b'"@method": POST', b'"@authority": example.com', b'"@path": /foo']
    # 2.2.7 gives this line for the same request.
    assert ours[3] == b'"@query": ?param=Value&Pet=dog'


@pytest.mark.parametrize("body", [None, b"", b'{"v":1}'])
def test_a_request_signed_and_checked(body: bytes | None) -> None:
    key = DeviceKey(bytes(SigningKey.generate()))
    headers = dict(
        http_signatures.signed_headers(
            "POST", "h:1", "/sync/v1/journal", "a=1", body, 1795400000, "HT01A", "n", key.sign
        )
    )

    def check(sent: bytes, public: bytes) -> tuple[str, str]:
        return http_signatures.check_request(
            "POST", "h:1", "/sync/v1/journal", "a=1", sent, headers.get, 1795400000, lambda _: public, verify
        )

    assert check(body or b"", key.public) == ("HT01A", "n")
    with pytest.raises(SyncError) as other_key:
        check(body or b"", DeviceKey(bytes(32)).public)
    assert other_key.value.code == "signature"
    with pytest.raises(SyncError) as other_body:
        check(b"other", key.public)
    assert other_body.value.code == "digest"
