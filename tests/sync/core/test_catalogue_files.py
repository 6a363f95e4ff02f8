"""What stands in the files of a catalogue: lines that are read one by one, each of them checked."""

from io import BytesIO

from sync import catalogue_files
from sync.envelopes import SyncError


def refused(function, *arguments):
    """What the SyncError says, None when there is none."""
    try:
        function(*arguments)
    except SyncError as error:
        assert error.code == "segment"
        return str(error)
    return None


def base(name, table):
    return b"".join(catalogue_files.base_lines(name, table))


def delta(name, changed):
    return b"".join(catalogue_files.delta_lines(name, changed))


def merged(name, *contents):
    return catalogue_files.rows(name, [(len(content), BytesIO(content)) for content in contents])


def read(name, kind, content, length=None):
    lines = BytesIO(content)
    return list(catalogue_files.changes(name, kind, len(content) if length is None else length, lines))


def lot(number, code):
    return {"id": number, "code": code}


def test_a_base_is_read_as_it_was_written():
    rows = [{"id": "sp2", "name": "Cu đơ"}, {"id": "sp1", "name": "Mật ong\n"}]
    data = base("products", rows)
    assert data.count(b"\n") == 3
    assert merged("products", data) == [rows[1], rows[0]]
    assert read("products", "base", data) == [(2, ("sp2",), rows[0]), (3, ("sp1",), rows[1])]
    assert merged("products", base("products", [])) == []


def test_deltas_apply_in_their_order():
    start = base("lots", [lot(1, "a"), lot(2, "b"), lot(3, "c")])
    first = delta("lots", [([4], lot(4, "d")), ([2], lot(2, "B")), ([1], None)])
    second = delta("lots", [([1], lot(1, "again")), ([4], None), ([99], None)])
    assert merged("lots", start) == [lot(1, "a"), lot(2, "b"), lot(3, "c")]
    assert merged("lots", start, first) == [lot(2, "B"), lot(3, "c"), lot(4, "d")]
    assert merged("lots", start, first, second) == [lot(1, "again"), lot(2, "B"), lot(3, "c")]
    assert merged("lots", start, delta("lots", [])) == merged("lots", start)


def test_keys_of_two_fields():
    start = base("batches", [{"gtin": "2", "first": 1}, {"gtin": "1", "first": 501}])
    change = delta("batches", [(["1", 1], {"gtin": "1", "first": 1}), (["2", 1], None)])
    assert merged("batches", start, change) == [{"gtin": "1", "first": 1}, {"gtin": "1", "first": 501}]


def test_the_order_of_rows_does_not_depend_on_the_order_sent():
    table = [lot(number, "x") for number in (5, 3, 9, 1, 7)]
    for start in range(5):
        found = merged("lots", base("lots", table[start:] + table[:start]))
        assert [row["id"] for row in found] == [1, 3, 5, 7, 9]


def test_a_file_that_is_something_else_is_refused():
    head = b'{"kind":"base","name":"lots"}\n'
    assert read("lots", "base", head) == []
    for content in (
        b"",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"\xff\n",
        b'{"kind":"base","name":"products"}\n',
        b'{"kind":"delta","name":"lots"}\n',
        b'{"name":"lots"}\n',
        head[:-1],
        b"\n" + head,
    ):
        assert refused(read, "lots", "base", content), content
    for length in (len(head) - 1, len(head) + 1, 0):
        assert refused(read, "lots", "base", head, length), length


def test_a_line_that_cannot_be_used_is_named():
    head, good = b'{"kind":"base","name":"lots"}\n', b'{"id":"L1"}\n'
    for line in (
        b"\n",
        b"null\n",
        b"5\n",
        b"[]\n",
        b"{}\n",
        b'"L2"\n',
        b'{"id":\n',
        b'{"id":"L2"}',
        b'{"id":"\xff"}\n',
        b'{"id":["L2"]}\n',
        b'{"id":null}\n',
        b"[" * 5000 + b"\n",
    ):
        said = refused(read, "lots", "base", head + good + line)
        assert said and "line 3 of lots" in said, line


def test_a_line_of_a_delta_that_cannot_be_used_is_named():
    head = b'{"kind":"delta","name":"batches"}\n'
    for line in (
        b'{"gtin":"1","first":1}\n',
        b'{"put":5}\n',
        b'{"put":{"gtin":"1"}}\n',
        b'{"delete":["1"]}\n',
        b'{"delete":["1",1,1]}\n',
        b'{"delete":5}\n',
        b'{"delete":[{},1]}\n',
        b"[]\n",
    ):
        said = refused(read, "batches", "delta", head + line)
        assert said and "line 2 of batches" in said, line
    assert refused(
        merged,
        "batches",
        base("batches", []),
        head + b'{"put":{"gtin":"1","first":"1"}}\n' + b'{"put":{"gtin":"1","first":1}}\n',
    )


class Endless:
    """A file that unpacks for ever; remembers how much of it was asked for."""

    def __init__(self, line):
        self.line = line
        self.given = 0

    def readline(self, most):
        self.given += min(most, len(self.line))
        return self.line[:most]


def test_endless_data_is_read_no_further_than_was_signed():
    head = b'{"kind":"base","name":"lots"}\n'

    class Long(Endless):
        def readline(self, most):
            return Endless.readline(self, most) if self.given else self.first()

        def first(self):
            self.given = len(head)
            return head

    lines = Long(b'{"id":"L1"}\n')
    assert "more than the 1000 bytes" in refused(list, catalogue_files.changes("lots", "base", 1000, lines))
    assert lines.given <= 1012
    one_line = Long(b" " * (catalogue_files.LONGEST_LINE + 5))
    large = 100 * catalogue_files.LONGEST_LINE
    assert "line 2 of lots" in refused(list, catalogue_files.changes("lots", "base", large, one_line))
    assert one_line.given <= len(head) + catalogue_files.LONGEST_LINE + 1


def test_a_sold_set_arrives_in_pieces():
    marks = {"HT01A": [7, "ab" * 32], "HT02A": [1, "cd" * 32], "HT02B": [9, "ef" * 32, [[2, 2], [5, 8]]]}
    for size in (0, 1, 8, 48 * 1024, 48 * 1024 + 1, 100000):
        bitmap = bytes([place % 251 for place in range(size)])
        content = b"".join(catalogue_files.sold_lines("sold_all", bitmap, marks))
        found = catalogue_files.sold_set("sold_all", len(content), BytesIO(content))
        assert found == (bitmap, marks)
        assert refused(catalogue_files.sold_set, "sold_twice", len(content), BytesIO(content))


def test_a_sold_set_with_a_line_that_cannot_be_used():
    head = b'{"kind":"sold","name":"sold_all"}\n'
    for line in (
        b"5\n",
        b'{"bitmap":5}\n',
        b'{"device":"HT01A"}\n',
        b'{"device":"HT01A","hash":"ab","seq":"7"}\n',
        b'{"device":{},"hash":"ab","seq":7}\n',
        b'{"apart":5,"device":"HT01A","hash":"ab","seq":7}\n',
        b'{"apart":[5],"device":"HT01A","hash":"ab","seq":7}\n',
        b'{"apart":[["1",2]],"device":"HT01A","hash":"ab","seq":7}\n',
        b'{"apart":[[1,2,3]],"device":"HT01A","hash":"ab","seq":7}\n',
    ):
        content = head + line
        said = refused(catalogue_files.sold_set, "sold_all", len(content), BytesIO(content))
        assert said and "line 2 of sold_all" in said, line
