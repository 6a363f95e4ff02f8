"""A PostgreSQL server of Debian's package, for tests and benchmarks: unprivileged, on a socket in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CONF = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 40
log_min_messages = error
"""
# What is lost with the machine does not matter to a test.
CARELESS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def binaries():
    """The folder of the newest installed version, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Server:
    """Runs from `start` to `stop`. `durable`: with every fsync, as an office would."""

    def __init__(self, durable=False):
        self._bin, self._durable, self._made = binaries(), durable, 0

    def start(self):
        # A short path: a socket's has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        # The server refuses to be root; the package made a user for it.
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-U", "office", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        with open(self.folder / "data/postgresql.conf", "a") as file:
            file.write(CONF.format(folder=self.folder) + ("" if self._durable else CARELESS))
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")
        return self

    def stop(self):
        self._run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def url(self, name):
        return f"postgresql+psycopg://office@/{name}?host={self.folder}"

    def create(self, template="template0"):
        """A new database, copied from `template`; its name."""
        self._made += 1
        name = f"office{self._made}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def empty(self, name):
        """Make a database anew, with nothing in it."""
        self.drop(name)
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0")

    def drop(self, name):
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def sql(self, statement):
        import psycopg

        with psycopg.connect(
            f"host={self.folder} user=office dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(statement)

    def _run(self, name, *options):
        command = [str(self._bin / name), "-D", str(self.folder / "data"), *options]
        done = subprocess.run(
            command, user=self._user, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode()}")
