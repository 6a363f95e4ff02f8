import json
from pathlib import Path

import pytest

from config.province import beside, province
from config.settings import SettingsError

ELSEWHERE = {
    "name": "Quảng Trị", "city_name": "Đông Hà", "west": 106.4, "north": 17.2, "across": 100, "down": 100,
    "width": 100, "height": 90, "sea": "M0 0H100V20z", "land": "M0 20H100V90H0z", "city": [70.0, 38.5],
}  # fmt: skip


def test_a_place_lies_where_the_map_has_it() -> None:
    found = province()
    assert found.point(18.3428, 105.9056) == found.city  # the city of Hà Tĩnh
    assert found.point(18.82, 105.05) == (0.0, 0.0)


def test_what_lies_elsewhere_is_off_the_map() -> None:
    for lat, lon in ((21.03, 105.85), (18.3, 104.0), (17.0, 106.0)):
        assert province().point(lat, lon) is None


def test_another_province_is_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "quang-tri.json").write_text(json.dumps(ELSEWHERE), encoding="utf-8")
    found = province(beside(tmp_path / "office.toml", "quang-tri.json"))
    assert (found.name, found.point(16.815, 107.1)) == ("Quảng Trị", found.city)
    assert beside(tmp_path / "office.toml", "ha-tinh") == "ha-tinh"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("{}", "missing required field `name`"),
        ("no", "truncated"),
        ("\xff", "no map"),
    ],
)
def test_a_map_that_is_none_is_told_with_the_file_and_what_is_known(
    tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / "x.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=said) as told:
        beside(tmp_path / "office.toml", "x.json")
    assert str(tmp_path / "office.toml") in str(told.value)
    with pytest.raises(SettingsError, match="known are ha-tinh"):
        province("atlantis")
