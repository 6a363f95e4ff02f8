"""How large the office grows: PSS of its web worker and its publisher on SQLite, after each kind of work.

Run: `python tests/bench/bench_office.py [--postgresql]`. The real service: at rest; after an import of 2,000 producers as XLSX through
its page; after 40,000 entries were pushed; after every page and file that the menu leads to; after ten log-ins.
Beside it the floor: a process that imports aiohttp and SQLAlchemy and does nothing.
"""

import argparse
import asyncio
import collections
import contextlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import enrolled
from bench_ingest import found, packed, push_all, settings_of
from journals import BATCH, Shop

sys.path.insert(0, str(Path(__file__).parents[1] / "office"))
import postgresql

from office import imports, sheets
from office.access import accounts
from office.registry.kinds import KINDS
from office.storage import database
from office.times import now_ms

PORT, PASSWORD = 18_495, "một mật khẩu dài"
URL = f"http://127.0.0.1:{PORT}"
FLOOR = "import aiohttp.web, sqlalchemy, sys; print(flush=True); sys.stdin.read()"


def floor():
    """PSS of the floor, MB."""
    with subprocess.Popen(
        [sys.executable, "-c", FLOOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as one:
        one.stdout.readline()
        return enrolled.memory(one.pid)[1]


async def log_in(client):
    """The token that forms carry."""
    form = {"login": "lan", "password": PASSWORD, "code": ""}
    async with client.post(f"{URL}/office/login", data=form) as answer:
        answer.raise_for_status()
    async with client.get(f"{URL}/office/account") as answer:
        return re.search(r'name="csrf" value="([0-9a-f]+)"', await answer.text())[1]


async def import_a_file(client, csrf, data):
    """Send the workbook, look at what it would do, and do it."""
    form = aiohttp.FormData({"csrf": csrf})
    form.add_field("file", data, filename="chủ thể.xlsx")
    async with client.post(f"{URL}/office/import", data=form) as answer:
        action = re.search(r'action="(/office/import/[0-9a-f]{32})"', await answer.text())[1]
    async with client.post(URL + action, data={"csrf": csrf}) as answer:
        answer.raise_for_status()
        await answer.read()


async def open_everything(client):
    """Open what the menu leads to, two steps deep, of each kind of page or file three; how many."""
    seen, wanted, kinds = set(), ["/office"], collections.Counter()
    while wanted:
        path = wanted.pop(0)
        async with client.get(URL + path) as answer:
            content = await answer.read()
        seen.add(path)
        if "html" not in answer.headers.get("Content-Type", "") or len(seen) > 200:
            continue
        for found_ in re.findall(r'href="(/office[^"#]*)"', content.decode()):
            other = found_.replace("&amp;", "&")
            kind = re.sub(r"\w*\d\w*", "N", other)
            if other not in seen and other not in wanted and "log" not in other and kinds[kind] < 3:
                kinds[kind] += 1
                wanted.append(other)
    return len(seen)


def workbook(engine, count):
    """`count` new producers as XLSX."""
    kind = KINDS["producers"]
    rows = [
        [{"id": f"N{n}", "name": f"Cơ sở {n}"}.get(field.name) for field in kind.fields] for n in range(count)
    ]
    with database.reading(engine) as connection:
        empty = imports.sheet(connection, kind, True)
    return sheets.xlsx_bytes([empty._replace(rows=rows)])


async def work(office, names, data):
    rows = []

    def note(what):
        time.sleep(1)
        publisher = next(iter(enrolled.children(office.pid)))
        rows.append((what, enrolled.memory(office.pid)[1], enrolled.memory(publisher)[1]))

    note("at rest")
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        csrf = await log_in(client)
        await import_a_file(client, csrf, data)
        note("after an import")
        segments = {
            name: list(packed(name, Shop(name, n, n * BATCH // 4).journal(2000, 8000)))
            for n, name in enumerate(names)
        }
        await push_all(PORT, segments)
        note("after 40,000 entries")
        count = await open_everything(client)
        note(f"after {count} pages and files")
        for _ in range(10):
            await log_in(client)
        note("after ten log-ins")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started goes with us
    names = [f"HT{n:02d}A" for n in range(1, 5)]
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder, url = Path(temporary), ""
        if options.postgresql:
            server = postgresql.Server().start()
            stack.callback(server.stop)
            url = server.url(server.create())
        settings = settings_of(folder / "office", url)
        found(settings, names)
        engine = database.open_engine(settings.database_url)
        with database.writing(engine) as connection:
            accounts.add(connection, "lan", PASSWORD, "registrar", "Lan", now_ms())
        data = workbook(engine, 2000)
        engine.dispose()
        config = folder / "office.toml"
        config.write_text(f'data = "office"\ndatabase = "{url}"\n[http]\nport = {PORT}\n')
        command = [sys.executable, "-m", "config", "office", "--config", str(config)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as office:
            stack.callback(office.kill)
            while not enrolled.answered(f"{URL}/sync/v1/time?nonce=n"):
                time.sleep(0.05)
            rows = asyncio.run(work(office, names, data))
            office.terminate()
    bare = floor()
    print(f"PSS in MB; the floor (aiohttp and SQLAlchemy, nothing else) has {bare:.1f}")
    print(f"{'':28}{'web worker':>12}{'publisher':>12}{'both':>8}")
    for what, web, publisher in rows:
        print(f"{what:28}{web:12.1f}{publisher:12.1f}{web + publisher:8.1f}")


if __name__ == "__main__":
    main()
