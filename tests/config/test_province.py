from config.province import province


def test_a_place_lies_where_the_map_has_it() -> None:
    found = province()
    assert found.point(18.3428, 105.9056) == found.city  # the city of Hà Tĩnh
    assert found.point(18.82, 105.05) == (0.0, 0.0)


def test_what_lies_elsewhere_is_off_the_map() -> None:
    for lat, lon in ((21.03, 105.85), (18.3, 104.0), (17.0, 106.0)):
        assert province().point(lat, lon) is None
