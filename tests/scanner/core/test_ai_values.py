"""What may stand behind an AI, rule by rule. The values are GS1's own examples or made from its rules."""

from scanner import ai_values, check_digits, code_lists, coupons
from scanner.errors import CodeError


def takes(ai, value):
    try:
        ai_values.check(ai, value)
    except CodeError as error:
        assert f"({ai})" in str(error)
        return False
    return True


def all_taken(ai, values):
    return [value for value in values if not takes(ai, value)] == []


def none_taken(ai, values):
    return [value for value in values if takes(ai, value)] == []


def test_rows_of_ais_end_with_their_highest_digit():
    assert ai_values.find("3105") is not None
    assert ai_values.find("3106") is None
    assert ai_values.spec_of("3100") == "*?N6"
    assert ai_values.find("3100").needs == [[["01"], ["02"]]]
    assert ai_values.find("3100").excludes == ["310n"]


def test_what_is_no_ai_is_not_found():
    for text in (
        "",
        "0",
        "1",
        "04",
        "310",
        "31000",
        "310n",
        "3n",
        "\n01",
        "01 ",
        " 01",
        "٠١",
        "01\n",
        "\ud800",
    ):
        assert ai_values.find(text) is None, text
        assert ai_values.spec_of(text) is None, text


def test_more_ais_than_are_kept_ready_are_all_found():
    ais = [f"{ai:02d}" for ai in (0, 1, 2, 3, 10, 11, 12, 13, 15, 16, 17, 20, 21, 22, 30, 37)]
    ais.extend([f"{ai}" for ai in range(90, 100)])
    ais.extend([f"70{ai}" for ai in range(30, 41)])
    for _ in range(2):
        for ai in ais:
            assert ai_values.find(ai) is not None, ai


def test_the_first_two_digits_say_how_long_an_ai_is():
    assert ai_values.starts("0112", 0) == "01"
    assert ai_values.starts("x8030A", 1) == "8030"
    assert ai_values.starts("235A", 0) == "235"
    for data in ("", "0", "04", "31", "3106", "٠١", "8", "80"):
        assert ai_values.starts(data, 0) == ""


def test_lengths_of_a_value():
    serialised = ai_values.find("8003")
    assert (serialised.shortest, serialised.longest) == (14, 30)
    assert ai_values.longest("423") == 15
    assert ai_values.longest("04") == 0
    assert ai_values.is_predefined("01") and not ai_values.is_predefined("10")
    assert ai_values.is_attribute("17") and not ai_values.is_attribute("21")


def test_countries():
    assert all_taken("422", ["704", "004", "894"])
    assert none_taken("422", ["000", "999", "705a", "7 4"])
    assert all_taken("7030", ["704A", "999A"])
    assert none_taken("7030", ["987A", "998A"])
    assert all_taken("4307", ["VN", "AX", "ZW"])
    assert none_taken("4307", ["AA", "vn", "VNM"])
    assert all_taken("423", ["704", "704704", "704" * 5])
    assert none_taken("423", ["70", "7047", "704000", "704" * 6])


def test_currencies():
    assert all_taken("3910", ["7041", "840123456789012345", "9241", "9261"])
    assert none_taken("3910", ["704", "0001", "1911", "9321"])


def test_packages_and_media():
    assert all_taken("7041", ["8", "9", "1A", "CT", "ZZ", "200", "APE", "X20"])
    assert none_taken("7041", ["7", "ct", "XX", "207", "2001", "APEX", "2 "])
    assert all_taken("7241", ["01", "10", "80", "99"])
    assert none_taken("7241", ["00", "11", "79"])


def test_lists_have_so_many_codes():
    def count(codes, before):
        return sum([len(word) - before for word in codes.split()])

    assert count(code_lists.COUNTRY_NUMBERS, 2) == 249
    assert count(code_lists.COUNTRY_LETTERS, 1) == 249
    assert count(code_lists.CURRENCY_NUMBERS, 2) == 179
    assert count(code_lists.PACKAGES_OF_TWO, 1) + count(code_lists.PACKAGES_OF_THREE, 2) == 429
    assert count(code_lists.MEDIA_TYPES, 1) == 30


def test_a_list_has_no_code_of_another_form():
    for code in ("0 0", "4 0", " 04", "00 ", "\x00\x00\x00", "٠٠٤"):
        assert not code_lists.has(code_lists.COUNTRY_NUMBERS, code), code


def test_account_numbers():
    assert all_taken(
        "8007",
        ["FR7630006000011234567890189", "BE71096123456769", "VN410000000", "MU43BOMM0101123456789101000MUR"],
    )
    assert none_taken(
        "8007",
        ["BE71096123456760", "XX361234567890", "VN41000000", "BE71", "be71096123456769", "FR12_45678901234"],
    )


def test_check_characters():
    assert all_taken(
        "8013", ["1987654Ad4X4bL5ttr2310c2K", "12345_!\"%&'()*+,-./LC", "99999zzzzzzzzzzzzzzzzzzT2"]
    )
    assert none_taken(
        "8013", ["1987654Ad4X4bL5ttr2310cXK", "1987654Ad4X4bL5ttr2310c2X", "A", "", "123456ABXX"]
    )
    assert check_digits.gs1_pair("") == "22"
    assert not check_digits.gs1_pair_ok("0" * 24 + "22")
    assert all_taken("8014", ["1987654Ad4X4bL5ttr2310c2K"])
    assert none_taken("8014", ["12345" + check_digits.gs1_pair("12345") + " "])


def test_a_company_has_four_digits():
    assert all_taken("8004", ["9526", "9526A"])
    assert none_taken("8004", ["952", "952A", "A9526"])


def test_a_number_that_may_not_begin_with_zero():
    assert all_taken("8011", ["1", "10"])
    assert none_taken("8011", ["0", "01", "1234567890123"])


def test_pieces_and_positions():
    assert all_taken("8006", ["123123123123330102", "123123123123330202"])
    assert none_taken("8006", ["123123123123330201", "123123123123330001", "123123123123330100"])
    assert all_taken("7258", ["1/1", "1/3", "9/9"])
    assert none_taken("7258", ["0/1", "1/0", "2/1", "111", "1/", "1//"])


def test_times_and_places():
    assert all_taken("8008", ["27013123", "2701312359", "270131235959"])
    assert none_taken("8008", ["27013124", "2701312360", "270131235960", "270132", "2701312"])
    assert all_taken("7003", ["2701312359"])
    assert none_taken("7003", ["2701312400", "2701312360", "2701002359"])
    assert all_taken("7250", ["20240229"])
    assert none_taken("7250", ["20230229", "20240200", "20241301"])
    assert all_taken("4309", ["18000000003600000000", "00000000000000000000"])
    assert none_taken("4309", ["18000000013600000000", "18000000003600000001"])


def test_coupons():
    plain = "012345612345611110123"
    good = [
        "",
        "10110123" + "0123456",
        "10110123" + "9",
        "2110123" + "9",
        "3270131",
        "4270131",
        "50123456",
    ]
    good.extend(["61" + "1234567", "90001", "96211", "3270131" + "4270131", "3270131" + "4270130"])
    good.append(
        "10110123" + "9" + "2110123" + "9" + "3270131" + "4270131" + "50123456" + "611234567" + "90001"
    )
    for rest in good:
        assert coupons.is_coupon(plain + rest), rest
    bad = [
        "0",
        "7",
        "8",
        "1",
        "14",
        "10110123",
        "10115123" + "9",
        "211012",
        "327013",
        "3270132",
        "3270100",
        "5012345",
    ]
    bad.extend(["60123456", "68" + "1" * 14, "93001", "90301", "90002", "900", "4270131" + "3270131"])
    bad.extend(["3270131" + "4270201", "9" * 5, "A"])
    for rest in bad:
        assert not coupons.is_coupon(plain + rest), rest
    for end in range(len(plain)):
        assert not coupons.is_coupon(plain[:end])
    assert not takes("8110", plain + "1")
    assert takes("8110", plain)


def test_offers_of_coupons():
    good = ["001234561234560123456", "101234561234560123456", "061234567890121234569123456789012345"]
    assert all_taken("8112", good)
    assert none_taken(
        "8112", ["201234561234560123456", "07", "0012345612345601234567", "00123456123456012345", "a0"]
    )
    for end in range(len(good[0])):
        assert not coupons.is_offer(good[0][:end])
