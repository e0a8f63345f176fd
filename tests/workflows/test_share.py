import pytest

from fascicle import share
from fascicle.workflows import ShareOptions
from fascicle.workflows._workspace import Workspace


def test_settings_may_be_given_by_name(raw, tmp_path, home):
    result = share(raw, tmp_path / "out", publish=False, line_hz=50.0, name="By name")

    assert result.exit_code == 0
    assert "By name" in (tmp_path / "out" / "README.md").read_text()


def test_an_unknown_setting_is_an_error(raw, tmp_path):
    with pytest.raises(TypeError, match="colour"):
        share(raw, tmp_path / "out", colour="red")


def test_a_plan_that_was_edited_is_followed(raw, tmp_path, home):
    from fascicle.workflows import look

    look(raw, plan_path=tmp_path / "plan.yaml")
    text = (tmp_path / "plan.yaml").read_text("utf-8")
    (tmp_path / "plan.yaml").write_text(
        text.replace("value: eyesopen", "value: lookingup"), "utf-8"
    )

    result = share(raw, tmp_path / "out", ShareOptions(plan=tmp_path / "plan.yaml", publish=False))

    tasks = {path.name.split("task-")[1].split("_")[0] for path in result.out.rglob("*_eeg.edf")}
    assert tasks == {"lookingup"}


def test_a_refused_stage_is_kept_for_the_owner_alone_where_asked(raw, tmp_path, home, monkeypatch):
    from dataclasses import replace

    from fascicle.workflows import _convert_one

    original = _convert_one.release_header

    def keep_everything(header, *args, **kwargs):
        return replace(original(header, *args, **kwargs), header=header)

    monkeypatch.setattr(_convert_one, "release_header", keep_everything)

    result = share(raw, tmp_path / "out", publish=False, keep_refused=True, n_jobs=1)

    assert result.refused
    assert not (tmp_path / "out").exists()
    assert (Workspace(tmp_path / "out").refused / "dataset_description.json").exists()


def test_an_empty_folder_leaves_nothing_behind(tmp_path, home):
    (tmp_path / "raw").mkdir()

    with pytest.raises(ValueError, match="FSC113"):
        share(tmp_path / "raw", tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_steps_are_told_in_the_order_of_the_work(raw, tmp_path, home):
    stages = []

    share(raw, tmp_path / "out", publish=False, on_progress=lambda step: stages.append(step.stage))

    order = [stage for stage in dict.fromkeys(stages) if stage in {"look", "convert", "prove"}]
    assert order == ["look", "convert", "prove"]
