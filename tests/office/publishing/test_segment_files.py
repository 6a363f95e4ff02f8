from office.publishing.segment_files import SegmentFiles


def test_a_spoilt_file_is_written_again(tmp_path):
    files = SegmentFiles(tmp_path)
    file = files.write([b"one line\n"])
    path = tmp_path / file["sha256"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert files.write([b"one line\n"]) == file
    assert path.read_bytes() == whole
