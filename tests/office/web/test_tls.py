"""TLS or loopback only."""

import ssl
import subprocess

import aiohttp
import pytest

from config.exits import CommandError
from office import service
from office.settings import Http, Settings
from office.web import tls


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that signs itself."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=ocop", "-addext", "subjectAltName=IP:127.0.0.1",
               "-keyout", "key.pem", "-out", "cert.pem"]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return Http(tls_certificate="cert.pem", tls_key="key.pem")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "ocop.example.vn"])
def test_no_other_address_without_a_certificate(host, tmp_path):
    with pytest.raises(CommandError, match="tls_certificate"):
        tls.context(Http(host=host), tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_the_loopback_needs_none(host, tmp_path):
    assert tls.context(Http(host=host), tmp_path) is None


def test_a_certificate_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(CommandError, match="cannot use this certificate"):
        tls.context(Http(host="0.0.0.0", tls_certificate="cert.pem"), tmp_path)


async def test_the_service_speaks_tls_and_its_cookie_travels_only_there(
    engine, office_settings, certificate, tmp_path
):
    secured = tls.context(certificate, tmp_path)
    assert secured.minimum_version == ssl.TLSVersion.TLSv1_2
    app = service.build(
        Settings(data=office_settings.data, database=office_settings.database, http=certificate)
    )
    runner = await service.start(app, "127.0.0.1", 0, secured)
    port = runner.addresses[0][1]
    trust = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    async with aiohttp.ClientSession() as client:
        answer = await client.get(f"https://127.0.0.1:{port}/office/login", ssl=trust)
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientError):
            await client.get(f"http://127.0.0.1:{port}/office/login")
    from office.access.sessions import SESSIONS

    assert app[SESSIONS].secure
    await runner.cleanup()
