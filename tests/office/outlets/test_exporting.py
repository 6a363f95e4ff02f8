import io
import subprocess
import sys

import pytest
from sqlalchemy import select, update

from config.exits import CommandError
from office import schema
from office.outlets import devices
from office.outlets.brought import take
from office.outlets.exporting import export
from office.outlets.ingest import ingest
from office.publishing.keys import verify
from office.storage import database
from sync.verification import verify_export


@pytest.fixture
def exported(engine):
    def read(device):
        out = io.StringIO()
        with database.reading(engine) as connection:
            export(connection, device, out)
        return verify_export(out.getvalue().splitlines(), verify)

    return read


@pytest.fixture
def device(enrolled, engine, now):
    device = enrolled("HT01A")
    for event in ("in", "out", "in"):
        device.add("access", {"v": 1, "staff": "nv1", "event": event, "source": "loopback"})
    ingest(engine, device.name, device.segment(), now)
    return device


def test_the_offices_copy_of_a_journal_verifies(device, exported):
    assert exported(device.name) == []


def test_so_does_that_of_a_device_that_sent_more_once_it_was_revoked(device, exported, engine, now):
    with database.writing(engine) as connection:
        devices.revoke(connection, device.name, "An", now)
    for event in ("out", "in"):
        device.add("access", {"v": 1, "staff": "nv1", "event": event, "source": "loopback"})
    ingest(engine, device.name, device.segment(), now)
    with database.reading(engine) as connection:
        branches = connection.execute(
            select(schema.entries.c.branch).order_by(schema.entries.c.seq)
        ).scalars()
        assert list(branches) == [0, 0, 0, -1, -1]
    assert exported(device.name) == []


def test_an_entry_that_was_altered_at_the_office_is_named(device, exported, engine):
    with database.writing(engine) as connection:
        second = update(schema.entries).where(schema.entries.c.seq == 2)
        connection.execute(second.values(body=b'{"event":"xx","source":"loopback","staff":"nv1","v":1}'))
    assert exported(device.name) == [{"kind": "altered", "seq": 2}]


def test_a_device_that_has_sent_nothing_has_no_journal_here(enrolled, exported):
    with pytest.raises(CommandError, match="no journal of device HT01A"):
        exported(enrolled("HT01A").name)


def test_what_others_brought_of_a_lost_till_is_written_out_without_a_checkpoint(
    enrolled, make_device, exported, engine, now
):
    enrolled("HT01A")
    lost = make_device("HT01C")
    for event in ("in", "out"):
        lost.add("access", {"v": 1, "staff": "nv1", "event": event, "source": "loopback"})
    with database.reading(engine) as connection:
        by = devices.find(connection, "HT01A")
    take(engine, by, lost.name, lost.segment(), now)
    assert exported(lost.name) == [{"kind": "bad_checkpoint", "seq": 2}]


def test_a_workbook_does_not_bring_numpy_into_memory():
    code = (
        "import sys; from office.sheets import Column, Sheet, xlsx_bytes; xlsx_bytes([Sheet('a', [Column('b')], [['c']])]); "
        "assert 'openpyxl' in sys.modules and 'numpy' not in sys.modules; import numpy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
