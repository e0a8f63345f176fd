from fascicle.report._proof import group_to_read, split_limits


def test_lines_of_one_file_share_a_box_and_sentences_have_their_own():
    boxes = group_to_read(["a.json: x", "Look: at this.", "b.tsv: y: z", "a.json: w"])

    assert [(b.place, b.lines) for b in boxes] == [
        ("a.json", ("x", "w")), ("b.tsv", ("y: z",)), ("", ("Look: at this.",)),
    ]  # fmt: skip


def test_a_sentence_with_a_colon_is_not_taken_for_a_file():
    (box,) = group_to_read(["Read the labels above: a name can hide in any word."])

    assert box.place == ""


def test_what_holds_for_all_formats_is_said_once():
    tail = "Nowhere seen: a name in prose; a rare event."

    shared, rest = split_limits({"edf": f"Whole numbers. {tail}", "text": f"Prose. {tail}"})

    assert shared == tail
    assert rest == {"EDF": "Whole numbers.", "Texts": "Prose."}


def test_a_single_format_keeps_all_that_is_said_of_it():
    assert split_limits({"edf": "One. Two."}) == ("", {"EDF": "One. Two."})
    assert split_limits({}) == ("", {})


def test_a_text_that_stands_in_many_files_is_read_once():
    items = [f"sub-{k:03d}.tsv: {word}" for k in range(200) for word in ("go", "stop")]

    (box,) = group_to_read([*items])

    assert (box.place, box.lines) == ("sub-000.tsv", ("go", "stop"))
