import argparse
import csv
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from config import exits
from office import schema
from office.access import accounts
from office.commands import main as commands
from office.publishing import keys
from office.settings import Settings, load
from office.storage import database
from scanner import stamps as stamp_texts
from sync import enrolment

ROOT = Path(__file__).parents[3]


def _environment():
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def ocop(*arguments, text=""):
    """Run `ocop` as its own process."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from config.cli import main; sys.exit(main())",
            *map(str, arguments),
        ],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=_environment(),
        timeout=60,
    )


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def run(engine, config, capsys):
    """Run a subcommand in this process; its JSON."""

    def call(*arguments):
        capsys.readouterr()
        assert commands.main([*map(str, arguments), "--config", str(config), "--json"]) == exits.OK
        return json.loads(capsys.readouterr().out)

    return call


def test_the_shipped_configuration_has_every_key_with_its_default():
    shipped = load(ROOT / "config" / "office.toml")
    assert msgspec.structs.replace(shipped, data="office-data") == Settings()
    text = (ROOT / "config" / "office.toml").read_text()
    for name, value in msgspec.to_builtins(Settings()).items():
        for key in value if isinstance(value, dict) else [name]:
            assert f"\n{key} = " in text


def test_a_wrong_key_or_value_is_named(tmp_path):
    path = tmp_path / "office.toml"
    for text, says in [
        ("[http]\nprot = 1", "unknown key 'http.prot'; did you mean 'port'"),
        ("[http]\nport = 70000", "http.port"),
        ('[stamps]\nhost = "ocop.hatinh.vn"', "stamps.host"),
        ('[http]\nbase_url = "ocop.hatinh.vn"', "http.base_url: must begin with http"),
    ]:
        path.write_text(text)
        done = ocop("office", "--config", path, "init")
        assert done.returncode == exits.USAGE
        assert says in done.stderr
        assert done.stderr.count("\n") == 1


def test_init_import_issue_activate_publish_from_nothing(config, sample, tmp_path, gtin):
    rows = tmp_path / "rows.json"
    rows.write_bytes(msgspec.json.encode(sample))
    assert ocop("office", "publish", "--config", config).returncode == exits.USAGE  # no office yet
    assert ocop("office", "init", "--config", config).returncode == exits.OK
    done = ocop("office", "import", rows, "--config", config)
    assert "2 producers" in done.stdout
    # A GTIN may be typed without its leading zero.
    issued = ocop("office", "issue", gtin[1:], 3, "--config", config)
    table = list(csv.DictReader(issued.stdout.splitlines()))
    assert [row["serial"] for row in table] == ["1", "2", "3"]
    assert all(stamp_texts.read(row["uri"]).serial == int(row["serial"]) for row in table)
    assert table[0]["typed"] == stamp_texts.typed_line(gtin, 1)
    assert ocop("office", "--config", config, "activate", gtin, 1, 3, "L1").returncode == exits.OK
    done = ocop("office", "--json", "publish", "--config", config)
    assert [item["outlet"] for item in json.loads(done.stdout)["published"]] == ["HT01", "HT02"]


def test_a_new_data_folder_is_its_owner_s_alone(tmp_path):
    """The database has everybody's password hash."""
    config = tmp_path / "office.toml"
    config.write_text('data = "new"\n')
    assert ocop("office", "init", "--config", config).returncode == exits.OK
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert ocop("office", "backup", tmp_path / "safe", "--config", config).returncode == exits.OK
    config.write_text('data = "again"\n')
    assert ocop("office", "restore", tmp_path / "safe", "--config", config).returncode == exits.OK
    assert stat.S_IMODE((tmp_path / "again").stat().st_mode) == 0o700


def test_what_the_registry_refuses_is_one_sentence_and_the_answer_no(engine, config, gtin):
    done = ocop("office", "activate", gtin, 1, 1, "L1", "--config", config)
    assert done.returncode == exits.NO
    vi, _, en = done.stderr.partition(" / ")
    assert vi.startswith("ocop office: ") and "tem" in vi.casefold()
    assert en.startswith("serials 1 to 50 of")
    assert done.stdout == ""


def test_an_import_that_is_no_registry_file_says_where(run, config, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"producers":[{"id":"P1"}]}')
    with pytest.raises(exits.CommandError, match=r"missing required field `name` - at `\$\.producers\[0\]`"):
        run("import", path)


def test_stamps_go_to_a_new_file_and_can_be_written_again(run, tmp_path, gtin):
    first = run("issue", gtin, 2, "--out", tmp_path / "a.csv")
    assert (first["first"], first["last"], first["k"]) == (101, 102, "A")
    run("stamps", first["id"], "--out", tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()
    with pytest.raises(exits.CommandError, match=r"such a file already.; nothing was issued") as refused:
        run("issue", gtin, 2, "--out", tmp_path / "a.csv")
    assert refused.value.code == exits.FAILED
    with pytest.raises(exits.CommandError, match=r"no such folder.; nothing was issued"):
        run("issue", gtin, 2, "--out", tmp_path / "none" / "a.csv")
    with pytest.raises(exits.CommandError, match="is issued, `ocop office stamps"):
        run("stamps", first["id"], "--out", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o600
    assert len(run("stamps", first["id"])["stamps"]) == 2


def test_void_recall_and_withdraw_reach_the_registry(run, engine, gtin):
    run("void", gtin, 60, 70, "--reason", "mất")
    run("recall", "L1", "--reason", "nhãn sai")
    run("withdraw", "SP1", "--reason", "vi phạm", "--on", "2026-11-01", "--produced-from", "2026-06-01")
    with database.reading(engine) as connection:
        assert connection.execute(select(schema.voids.c.last)).scalar_one() == 70
        assert connection.execute(select(schema.recalls.c.reason)).scalar_one() == "nhãn sai"
        assert connection.execute(select(schema.withdrawals.c.produced_from)).scalar_one() == "2026-06-01"
        actions = connection.execute(select(schema.audit.c.action)).scalars().all()
    assert actions[-3:] == ["void", "recall", "withdraw"]


def test_an_enrolment_code_is_spelt_with_where_to_use_it(run, config, engine):
    made = run("enrol-code", "HT01")
    assert len(enrolment.read(made["code"])) == 16
    assert made["url"] == load(config).base_url
    with pytest.raises(exits.CommandError, match="there is no outlet HT99"):
        run("enrol-code", "HT99")


def test_a_device_is_revoked_once(run, enrolled, engine):
    enrolled("HT01A")
    run("revoke", "HT01A")
    with database.reading(engine) as connection:
        assert connection.execute(select(schema.devices.c.state)).scalar_one() == "revoked"
    with pytest.raises(exits.CommandError, match="revoked already"):
        run("revoke", "HT01A")


def test_accounts_from_a_pipe(engine, config):
    done = ocop(
        "office", "account", "add", "Lan", "--role", "officer", "--config", config, text="mật khẩu dài\n"
    )
    assert done.returncode == exits.OK, done.stderr

    def check(password):
        with database.reading(engine) as connection:
            return accounts.check(connection, "lan", password)

    assert check("mật khẩu dài") == accounts.Account("lan", "lan", "officer")
    assert check("mật khẩu") is None
    assert "dài" not in done.stdout + done.stderr
    ocop("office", "account", "password", "lan", "--config", config, text="một cái khác\n")
    assert check("mật khẩu dài") is None
    assert check("một cái khác").login == "lan"
    ocop("office", "account", "disable", "lan", "--config", config)
    assert check("một cái khác") is None
    ocop("office", "account", "enable", "lan", "--config", config)
    assert check("một cái khác").login == "lan"
    short = ocop("office", "account", "add", "an", "--config", config, text="ngắn\n")
    assert (short.returncode, "8 to 200 letters" in short.stderr) == (exits.NO, True)


def test_a_password_opens_however_its_letters_are_composed(engine):
    with database.writing(engine) as connection:
        accounts.add(connection, "binh", "Hoà Bình 2026", "viewer", "Bình")
        assert accounts.check(connection, "BINH ", "Hoà Bi\u0300nh 2026").name == "Bình"
        assert accounts.check(connection, "nobody", "Hoà Bình 2026") is None
        assert accounts.find(connection, "binh").role == "viewer"


def test_a_backup_is_whole_and_private(run, engine, key_folder, tmp_path):
    run("backup", tmp_path / "copy")
    name = "office.db" if engine.dialect.name == "sqlite" else "office.dump"
    assert (tmp_path / "copy" / name).stat().st_size > 0
    for path in key_folder.iterdir():
        if path.match(keys.ROOT_FILES):
            continue
        twin = tmp_path / "copy" / "keys" / path.name
        assert twin.read_bytes() == path.read_bytes()
        assert stat.S_IMODE(twin.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o700
    with pytest.raises(exits.CommandError, match="exists already"):
        run("backup", tmp_path / "copy")


def test_a_report_of_a_day_to_come_is_refused_and_writes_nothing(run, engine, tmp_path):
    out = tmp_path / "sales.csv"
    with pytest.raises(exits.CommandError, match=r"2199-01-01.* to today"):
        run("report", "sales", out, "--day", "2199-01-01")
    assert not out.exists()
    run("report", "sales", out)
    assert out.stat().st_size > 0


@pytest.mark.only_on("sqlite")
def test_a_damaged_database_is_told_in_one_line_with_what_to_do(engine, office_settings, config):
    file = office_settings.folder / "office.db"
    whole = file.read_bytes()
    for place in (b"CREATE TABLE alerts", b"SQLite format 3"):  # its schema; its head
        file.write_bytes(whole.replace(place, b"\x01" * len(place)))
        said = ocop("office", "fleet", "--config", config)
        assert said.returncode == exits.FAILED
        assert said.stderr.count("\n") == 1
        assert f"{file}: the database is damaged" in said.stderr
        assert "ocop office restore" in said.stderr


class Service:
    """`ocop office` as its own process; `__enter__` waits until it answers."""

    def __init__(self, config):
        self.config, self.url = config, load(config).base_url

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import sys; from config.cli import main; sys.exit(main())",
             "office", "--config", str(self.config)],
            stderr=subprocess.PIPE, text=True, cwd=ROOT, env=_environment(),
        )  # fmt: skip
        for line in self.process.stderr:
            if "the office listens on" in line:
                break
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def test_the_service_publishes_answers_and_stops_on_sigterm(engine, config, now):
    with Service(config) as running:
        with urllib.request.urlopen(running.url + "/sync/v1/time?nonce=x", timeout=30) as answer:
            assert json.load(answer)["signed"]["nonce"] == "x"
        for line in running.process.stderr:  # the publisher's log
            if "published" in line and "HT02" in line:
                break
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == exits.OK
    with database.reading(engine) as connection:
        assert set(connection.execute(select(schema.catalogue_versions.c.outlet)).scalars()) == {
            "HT01",
            "HT02",
        }


def test_a_second_service_on_the_same_data_is_refused(engine, config, office_settings, tmp_path):
    with Service(config):
        other = tmp_path / "other.toml"
        other.write_text(
            f'data = "{office_settings.data}"\ndatabase = "{office_settings.database}"\n[http]\nport = {_free_port()}\n'
        )
        done = ocop("office", "--config", other)
    assert done.returncode == exits.FAILED
    assert "another office service runs on this data folder" in done.stderr


def test_a_port_in_use_is_one_sentence(engine, config):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", load(config).http.port))
        holder.listen()
        done = ocop("office", "--config", config)
    assert done.returncode == exits.FAILED
    assert done.stderr.strip().splitlines()[-1].endswith("stop what listens there, or change http.port.")
    assert "Traceback" not in done.stderr


def test_without_an_office_the_service_says_what_to_do(config):
    done = ocop("office", "--config", config)
    assert done.returncode == exits.USAGE
    assert "run `ocop office init` first" in done.stderr


def test_keys_are_made_listed_and_retired_from_the_shell(run, config, gtin, key_folder, tmp_path):
    made = run("key", "new")
    assert (made["k"], made["root"]) == ("B", 2)
    listed = run("key", "list")["keys"]
    assert [(key["k"], key["state"], key["alive"]) for key in listed] == [
        ("A", "in use", 100),
        ("B", "announced", 0),
    ]
    with pytest.raises(exits.CommandError, match="stamp key B may sign from") as refused:
        run("issue", gtin, 1, "--key", "B")
    assert refused.value.code == exits.NO
    with pytest.raises(exits.CommandError, match="100 stamps under key A"):
        run("key", "retire", "A")
    run("void", gtin, 1, 100, "--reason", "in hỏng")
    assert run("key", "retire", "A") == {"k": "A", "root": 3}
    with pytest.raises(exits.CommandError, match="stamp key A is retired"):
        run("stamps", 1)
    with pytest.raises(exits.CommandError, match="no stamp key may sign now"):
        run("issue", gtin, 1)
    shown = ocop("office", "key", "list", "--config", config)
    assert shown.stdout.startswith("A  retired              0 stamps alive\nB  announced")
    for path in key_folder.iterdir():  # nothing private on any screen
        assert path.read_bytes().hex() not in shown.stdout + json.dumps([made, listed])
    with pytest.raises(exits.CommandError, match="0 of the 2 root keys"):
        run("key", "new", "--root-keys", tmp_path)


def test_a_key_file_that_is_not_the_key_outlets_know_signs_nothing(run, key_folder, gtin):
    (key_folder / "stamp-A.key").write_bytes(bytes(32))
    with pytest.raises(exits.CommandError, match="another key than outlets know as A"):
        run("issue", gtin, 1)
    with pytest.raises(exits.CommandError, match="another key than outlets know as A"):
        run("stamps", 1)


def test_a_host_that_outlets_do_not_know_signs_nothing(run, config, gtin):
    with config.open("a") as file:
        file.write('[stamps]\nhost = "TEM.HATINH.VN"\n')
    with pytest.raises(exits.CommandError, match=r"would not know stamps of TEM\.HATINH\.VN, only of OCOP"):
        run("issue", gtin, 1)


def test_older_stamps_are_entered_from_the_shell(run, gtin, other_gtin):
    address = "https://tem.vn/{item}/{serial}"
    run("pattern", "add", "p1", address, f"mo={gtin[1:]}", f"che={other_gtin}", "--last-day", "2027-06-30")
    run("pattern", "add", "p2", "https://tem.vn/x/{serial}", gtin, "--last-day", "2027-06-30")
    assert run("pattern", "end", "p2", "--on", "2027-01-31") == {"id": "p2", "last_day": "2027-01-31"}
    assert run("pattern", "list")["patterns"] == [
        {"id": "p1", "pattern": address, "items": {"mo": gtin, "che": other_gtin}, "last_day": "2027-06-30"},
        {"id": "p2", "pattern": "https://tem.vn/x/{serial}", "items": {"": gtin}, "last_day": "2027-01-31"},
    ]
    batch = run("pattern", "batch", gtin, 501, 600)
    assert (batch["first"], batch["last"], batch["k"]) == (501, 600, "")
    with pytest.raises(exits.CommandError, match="older stamps"):
        run("stamps", batch["id"])


def test_every_command_says_what_it_does_and_every_argument_what_it_is(capsys):
    def walk(parser, path):
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                helped = {choice.dest for choice in action._choices_actions if choice.help}
                assert helped == set(action.choices), path
                for name, below in action.choices.items():
                    assert below.description, [*path, name]
                    walk(below, [*path, name])
            else:
                assert action.help or action.choices, [*path, action.dest]
                seen.append([*path, action.dest])
        parser.format_help()

    seen = []
    walk(commands._parser(), [])
    assert ["key", "retire", "key"] in seen


def test_the_fleet_is_told_in_both_languages(engine, config, enrolled, capsys):
    enrolled("HT01A")
    assert commands.main(["fleet", "--config", str(config)]) == exits.OK
    told = capsys.readouterr().out
    assert told.startswith("HT01A  Im lặng quá lâu: ") and " / Silent for too long: " in told
