"""What keeps a process small does not stop it."""

import subprocess
import sys

LOADING = """
import threading
from config import memory

def give_back():
    for _ in range(300):
        memory.unmap_libraries()

threads = [threading.Thread(target=give_back) for _ in range(3)]
for thread in threads:
    thread.start()
import numpy, cv2, sqlite3, lzma, curses, decimal
for thread in threads:
    thread.join()
print(cv2.resize(numpy.ones((50, 50), numpy.uint8), (20, 20)).sum())
"""


def test_threads_that_give_libraries_back_and_import_do_not_wait_for_each_other():
    done = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout == "400\n"
