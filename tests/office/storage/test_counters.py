from concurrent.futures import ThreadPoolExecutor

from office.storage import counters, database


def test_who_begins_a_counter_at_the_same_time_gets_another_value(engine):
    def raise_it(_):
        with database.writing(engine) as connection:
            return counters.raise_by(connection, "new", 2)

    with ThreadPoolExecutor(8) as threads:
        values = list(threads.map(raise_it, range(24)))
    assert sorted(values) == list(range(0, 48, 2))
    with database.reading(engine) as connection:
        assert counters.read(connection)["new"] == 48
