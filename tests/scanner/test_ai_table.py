from scanner import ai_table
from scanner.host.make_ai_table import read, write

DICTIONARY = """
# a comment
01         *?  N14,csum,gcppos2                  ex=255,37 dlpkey=22,10,21|235    # GTIN
10          ?  X..20                             req=01,02                        # BATCH/LOT
21             X..20                             req=01,03,8006 ex=235            # SERIAL
253         ?  N13,csum,gcppos1 [X..17]          dlpkey                           # GDTI
3100-3105  *?  N6                                req=01,02 ex=310n                # NET WEIGHT (kg)
8012        ?  X..20                             req=01,03,8006                   # VERSION
8110        ?  X..70,couponcode
"""


def test_the_generator_reads_the_dictionary_s_lines():
    specs, keys = read(DICTIONARY)
    assert specs == {
        "01": "*?N14,csum,gcppos2",
        "10": "?X..20",
        "21": "X..20",
        "253": "?N13,csum,gcppos1 [X..17]",
        "310n": "5*?N6",
        "8012": "?X..20",
        "8110": "?X..70,couponcode",
    }
    assert keys == {"01": "22,10,21|235", "253": ""}


def test_the_table_is_as_the_generator_writes_it():
    with open(ai_table.__file__, encoding="utf-8") as file:
        assert file.read() == write(ai_table.SPECS, ai_table.KEYS)
