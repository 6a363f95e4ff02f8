"""`make check-print`: receipts and faults against emupos, a virtual printer that we did not write.

emupos reads the bytes by its own reading of ESC/POS, answers status questions, and plays a printer without
paper. It knows no Vietnamese code page and no ESC &, so the profiles here are those that draw.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import zxingcpp
from PIL import Image

ROOT = Path(__file__).parents[2]
SALE = ROOT / "tests" / "printer" / "SALE.json"
PORT, API = 19100, 18765
CONFIG = f"""
schema: 1
api: {{ port: {API} }}
devices:
  - id: front
    type: printer
    profile: epson-tm-t20iii
    connections:
      - tcp: {{ port: {PORT} }}
"""
TROUBLE = ("printer.command.unknown", "printer.codepage.unsupported", "printer.command.truncated")
FAULTS = {"paper-out": "Out of paper", "cover-open": "cover is open", "offline": "paused"}


def emupos(program: str, *arguments: str) -> str:
    command = [program, "--api", f"http://127.0.0.1:{API}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def receipts() -> list[str]:
    with urlopen(f"http://127.0.0.1:{API}/api/v1/devices/front/receipts") as answer:
        return [receipt["id"] for receipt in json.load(answer)]


def print_sale(profile: str) -> tuple[int, dict[str, object]]:
    command = [
        "ocop",
        "print",
        "receipt",
        str(SALE),
        "--to",
        f"tcp:127.0.0.1:{PORT}",
        "--profile",
        profile,
        "--json",
    ]
    done = subprocess.run(
        [Path(sys.executable).parent / command[0], *command[1:]], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


def check(what: str, good: bool) -> None:
    print(("  ok    " if good else "  WRONG ") + what)
    if not good:
        raise SystemExit(1)


def main(program: str, folder: Path) -> None:
    (folder / "emupos.yaml").write_text(CONFIG)
    log = folder / "log"
    with log.open("w") as out:
        running = subprocess.Popen([program, "run"], cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    try:
        for _ in range(100):
            if "control API" in log.read_text():
                break
            time.sleep(0.1)
        url = json.loads(SALE.read_text())["check_url"]
        for profile in ("plain", "plain+qr", "RP-F10-80mm", "simple"):
            before = len(receipts())
            code, result = print_sale(profile)
            check(
                f"{profile}: printed, and confirmed by the printer",
                code == 0 and result["proof"] == "printer",
            )
            check(f"{profile}: one receipt", len(receipts()) == before + 1)
            picture = folder / "receipt.png"
            text = emupos(program, "receipt", "show", "--save", str(picture))
            check(f"{profile}: its text", "1 chai x 185.000" in text and "HT01A-12  K7Q2MZ4XWD" in text)
            with Image.open(picture) as image:
                codes = [code.text for code in zxingcpp.read_barcodes(image.convert("L"))]
            check(f"{profile}: its QR code reads back", codes == [url])
        # GS ( H, which emupos does not know, is the question that an Epson would have answered.
        said = [line for line in log.read_text().splitlines() if any(word in line for word in TROUBLE)]
        unknown = [line for line in said if "1d 28 48 06 00" not in line]
        print("\n".join(unknown))
        check("no command of ours is unknown to it, but GS ( H", not unknown)
        for fault, word in FAULTS.items():
            before = len(receipts())
            emupos(program, "fault", "set", "front", fault)
            code, result = print_sale("plain+qr")
            check(f"{fault}: not printed, and said why", code == 3 and word in str(result["detail"]))
            emupos(program, "fault", "clear", "front", fault)
            check(f"{fault}: nothing comes out afterwards", len(receipts()) == before)
        emupos(program, "fault", "set", "front", "paper-near-end")
        code, result = print_sale("plain+qr")
        check(
            "paper-near-end: printed, with a word about it",
            code == 0 and "nearly out" in str(result["detail"]),
        )
    finally:
        running.terminate()
        running.wait(20)


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        main(str(Path(sys.argv[1]).resolve()), Path(name))
