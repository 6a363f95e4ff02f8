"""The key of the session cookies."""

import threading

from office.access.sessions import Sessions


def test_workers_that_start_at_once_sign_with_one_key(engine, office_settings):
    count, made = 6, []
    together = threading.Barrier(count)

    def start():
        together.wait()
        sessions = Sessions(office_settings)
        made.append(sessions._signer.public)

    for _ in range(5):
        (office_settings.folder / "keys/session.key").unlink(missing_ok=True)
        threads = [threading.Thread(target=start) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == count
        assert len(set(made)) == 1
        made.clear()
