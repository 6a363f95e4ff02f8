from scanner import dates


def test_the_century_slides():
    assert dates.read("271231", 2026) == "2027-12-31"
    assert dates.read("761231", 2026) == "2076-12-31"
    assert dates.read("771231", 2026) == "1977-12-31"
    assert dates.read("991231", 2026) == "1999-12-31"
    assert dates.read("010101", 2099) == "2101-01-01"
    assert dates.read("500101", 1999) == "1950-01-01"


def test_day_00_is_the_last_of_the_month():
    assert dates.read("270200", 2026) == "2027-02-28"
    assert dates.read("280200", 2026) == "2028-02-29"
    assert dates.read("270400", 2026) == "2027-04-30"


def test_there_is_no_such_date():
    for text in (
        "270229",
        "270431",
        "271301",
        "270001",
        "270132",
        "",
        "27010",
        "2701011",
        "27010x",
        "２７0101",
    ):
        assert dates.read(text, 2026) is None
    assert dates.read("000229", 2026) == "2000-02-29"
    assert dates.read("000229", 2050) is None
