import json

import pytest

from fascicle.quality._tables import Table, decode_text, read_json, read_table, write_json

TEXT = "name\tü\r\na\t1\r\n\r\nb\t2\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_whatever_its_encoding_and_line_ends(tmp_path, encoding):
    path = tmp_path / "x.tsv"
    path.write_bytes(TEXT.encode(encoding))

    table = read_table(path)

    assert table == Table(["name", "ü"], [["a", "1"], ["b", "2"]])
    assert table.format() == "name\tü\na\t1\nb\t2\n"
    assert table.column("ü") == ["1", "2"]
    assert table.column("absent") == []


@pytest.mark.parametrize("data", [b"", b"a\tb\n1\n", b"\xff\xfa\x01", b"\xe4\n"])
def test_what_is_no_table_is_not_guessed_at(tmp_path, data):
    path = tmp_path / "x.tsv"
    path.write_bytes(data)

    assert read_table(path) is None
    assert read_table(tmp_path / "absent.tsv") is None


def test_text_that_does_not_say_its_encoding_is_not_guessed_at():
    assert decode_text("ü".encode("latin-1")) is None
    assert decode_text("ü".encode("utf-16-be")) is None
    assert decode_text("ü".encode()) == "ü"


@pytest.mark.parametrize("data", [b"", b"[1]", b"{", b'"x"', b"\xff"])
def test_what_has_no_fields_is_no_json_file_of_ours(tmp_path, data):
    path = tmp_path / "x.json"
    path.write_bytes(data)

    assert read_json(path) is None


def test_fields_keep_their_order_and_their_letters(tmp_path):
    path = tmp_path / "x.json"

    write_json(path, {"b": "ü", "a": 1})

    assert path.read_text("utf-8") == '{\n  "b": "ü",\n  "a": 1\n}\n'
    assert json.loads(path.read_text("utf-8")) == read_json(path)
