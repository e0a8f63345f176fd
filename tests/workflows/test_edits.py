import pytest

from fascicle.errors import PrivacyError
from fascicle.workflows import ShareOptions, fix, share

OPTIONS = ShareOptions(publish=False, consent="GRU", participants="confirmed", line_hz=50.0)


@pytest.fixture
def edited(shared):
    (shared.out / "README.md").write_text("# Eyes\n\nWhat the postdoc wrote about the study.\n")
    return shared.out


def test_a_change_by_hand_is_not_overwritten_in_silence(edited, raw):
    with pytest.raises(PrivacyError, match="FSC453"):
        share(raw, edited, OPTIONS)

    assert "postdoc" in (edited / "README.md").read_text()


def test_an_accepted_change_stays_when_a_session_is_added(edited, raw):
    fix(edited, accept_edits=True)

    first = share(raw, edited, OPTIONS)
    second = share(raw, edited, OPTIONS)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "postdoc" in (edited / "README.md").read_text()


def test_an_untouched_dataset_is_shared_into_again(shared, raw):
    assert share(raw, shared.out, OPTIONS).exit_code == 0
