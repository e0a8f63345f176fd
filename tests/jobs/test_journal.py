from fascicle.jobs import Journal


def test_what_was_recorded_is_found_again_and_can_be_forgotten(tmp_path):
    journal = Journal(tmp_path / "journal")

    journal.record("b-2", {"n": 2})
    journal.record("a-1", {"n": 1})

    assert journal.find("a-1") == {"n": 1}
    assert list(journal.entries()) == ["a-1", "b-2"]
    journal.forget("a-1")
    assert journal.find("a-1") is None


def test_a_damaged_entry_counts_as_not_finished(tmp_path):
    journal = Journal(tmp_path)
    journal.record("a", {"n": 1})

    whole = (tmp_path / "a.json").read_text()

    for damaged in (
        whole[:-2],
        whole.replace('"n": 1', '"n": 2'),
        "[]",
        "{}",
        "\x00",
        "[" * 99_999,
    ):
        (tmp_path / "a.json").write_text(damaged)

        assert journal.find("a") is None
        assert journal.entries() == {}


def test_an_entry_with_all_kinds_of_values_is_found_as_it_was(tmp_path):
    journal = Journal(tmp_path)
    entry = {"z": [0.1, 1e-300, None, True], "a": {"\u00e4": "\u2028\udcff", "n": -3}}

    journal.record("a", entry)

    assert journal.find("a") == entry
