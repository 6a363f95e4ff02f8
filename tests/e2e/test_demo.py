"""`ocop demo --once`: the seven steps on real processes, read back from what it says and leaves."""

import json
import socket
import subprocess
import sys

import pytest
import zxingcpp
from PIL import Image

pytestmark = pytest.mark.timeout(400)  # a whole province's story, on a machine that may be busy


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "config", "demo", "--once", "--json", "--data", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=360)
    assert done.returncode == 0, done.stderr
    return folder, {step["step"]: step for step in map(json.loads, done.stdout.splitlines())}


def test_it_tells_all_seven_steps(story):
    assert sorted(story[1]) == [1, 2, 3, 4, 5, 6, 7]


def test_the_photograph_reached_the_shoppers_page(story):
    steps = story[1]
    assert steps[4]["verdict"] == "genuine" and steps[4]["stars"] == 4
    assert (story[0] / "pictures" / "shopper.png").stat().st_size > 10_000


def test_the_receipts_qr_names_the_sale(story):
    folder, steps = story
    codes = zxingcpp.read_barcodes(Image.open(folder / "pictures" / "receipt.png"))
    device, seq = steps[5]["sale"]["number"].split("-")
    assert any(f"/R/{device}/{seq}/" in code.text for code in codes)


def test_the_second_outlet_knows_what_was_sold(story):
    assert story[1][6]["till"] == {"verdict": "sold_elsewhere", "action": "supervisor"}


def test_every_trouble_has_its_verdict_and_action(story):
    told = {row["verdict"]: row["action"] for row in story[1][7]["verdicts"]}
    assert told == {
        "expired": "refuse",
        "lot_recalled": "refuse",
        "recognition_withdrawn": "refuse",
        "bad_signature": "refuse",
        "not_activated": "refuse",
        "no_stamp": "supervisor",
        "not_a_stamp": "refuse",
    }


def test_a_folder_that_is_not_a_demos_is_left_alone(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    command = [sys.executable, "-m", "config", "demo", "--once", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "--data" in done.stderr
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_a_second_demo_on_the_ports_of_the_first_says_so_and_leaves_its_folder_alone(tmp_path):
    """The first one's office would answer for its own, and its folder would be emptied under it."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = str(first.getsockname()[1])
        (tmp_path / "made-by-ocop-demo").touch()
        (tmp_path / "office.toml").write_text("the first one's")
        command = [sys.executable, "-m", "config", "demo", "--port", port, "--data", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and f"port {port} is in use" in done.stderr
    assert (tmp_path / "office.toml").read_text() == "the first one's"
