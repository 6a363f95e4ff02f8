"""A clerk at the till: sells, presses again when no answer came, answers what the print queue asks."""

import http.client
import json
import re
import secrets
import urllib.parse
from pathlib import Path
from typing import Any

from oracle import Oracle
from world import GTIN, PIN, PLAIN, PLAIN_PRICE, PRICE, World


class LostError(Exception):
    """No answer came."""


class Till:
    """One page's requests. Logs in again by itself after a restart of the service."""

    def __init__(self, world: World, oracle: Oracle) -> None:
        self._world, self._oracle = world, oracle
        self._cookie = ""
        self._serial = 0

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """(status, JSON) of one request as the clerk. Raises LostError."""
        for again in (True, False):
            status, value = self._exchange(method, path, body, headers)
            if status != 401 or not again:
                return status, value
            status, value = self._exchange("POST", "/api/session", {"pin": PIN}, {})
            if status != 204:
                return status, value
        raise AssertionError

    def _exchange(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        at = urllib.parse.urlsplit(self._world.staff_url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port or 0, timeout=20)
        try:
            data = None if body is None else json.dumps(body).encode()
            send = {"Content-Type": "application/json", "Cookie": self._cookie} | headers
            connection.request(method, path, data, send)
            answer = connection.getresponse()
            content = answer.read()
            if (cookie := answer.getheader("Set-Cookie")) is not None:
                self._cookie = cookie.partition(";")[0]
            return answer.status, json.loads(content) if content else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise LostError(f"{method} {path}: {type(error).__name__} {error}") from error
        finally:
            connection.close()

    def prepare(self, stamped: bool = True) -> dict[str, Any]:
        """A basket with a fresh stamp (unless not `stamped`), and goods without one: the request that will sell
        it. Raises LostError."""
        _, basket = self.request("POST", "/api/basket")
        if basket.get("lines"):
            self.request("DELETE", "/api/basket")
            _, basket = self.request("POST", "/api/basket")
        if not stamped:
            return {
                "basket": basket["id"],
                "lines": [{"gtin": PLAIN, "qty": 2, "price": PLAIN_PRICE}],
                "payments": [{"kind": "cash", "amount": 200_000}],
            }
        self.use(self._oracle.next_serial())
        code = self._world.stamp(self._serial)
        status, event = self.request("POST", "/api/scans", {"text": code, "reader": "till"})
        assert status == 200 and event["verdict"] in ("genuine", "no_catalogue"), (status, event)
        return {
            "basket": basket["id"],
            "lines": [
                {"code": code, "qty": 1, "price": PRICE},
                {"gtin": PLAIN, "qty": 2, "price": PLAIN_PRICE},
            ],
            "payments": [{"kind": "cash", "amount": 500_000}],
        }

    def use(self, serial: int) -> None:
        """The next sale is of this stamp."""
        self._serial = serial

    def sell(self, body: dict[str, Any], key: str = "") -> str:
        """Send the sale once and tell the oracle what came of it. Returns the key for pressing again."""
        key = key or secrets.token_hex(16)
        self._oracle.asked(key, (GTIN, self._serial))
        try:
            status, answer = self.request("POST", "/api/sales", body, **{"Idempotency-Key": key})
        except LostError:
            self._oracle.told(key, 0, None)
        else:
            self._oracle.told(key, status, answer)
        return key

    def look_at_the_paper(self) -> None:
        """Answer every question of the print queue by what lies in the printer's tray. Raises LostError."""
        status, listed = self.request("GET", "/api/print-jobs")
        if status != 200:
            raise LostError(f"the print queue answered {status}: {listed}")
        papers = read_papers(self._world.paper)
        for job in listed["jobs"]:
            if job["state"] in ("unknown", "not_printed"):
                printed = any(
                    (paper["number"], paper["copy"]) == (job["number"], job["copy"]) for paper in papers
                )
                self.request("POST", f"/api/print-jobs/{job['job']}/answer", {"printed": printed})


_LINK = re.compile(rb"/R/([A-Z0-9]+)/([0-9]+)/([A-Z2-7]{10})")
_COPY = re.compile(rb"COPY ([0-9]+)")


def read_papers(folder: Path) -> list[dict[str, Any]]:
    """Every whole receipt in the tray: {number, hash10, copy} (copy 0 is the original)."""
    papers = []
    for path in sorted(folder.glob("*.bin")):
        data = path.read_bytes()
        link, copy = _LINK.search(data), _COPY.search(data)
        if link is None:
            papers.append({"number": "", "hash10": "", "copy": 0, "file": path.name})
            continue
        device, seq, short = (part.decode() for part in link.groups())
        papers.append(
            {
                "number": f"{device}-{seq}",
                "hash10": short,
                "copy": int(copy[1]) if copy else 0,
                "file": path.name,
            }
        )
    return papers
