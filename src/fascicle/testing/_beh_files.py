"""Synthetic recordings of behaviour, built to the published layouts."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted

KEYPOINTS = ("snout", "leftear", "rightear", "tailbase", "custom7")


def make_places(seed: int, n_frames: int, n_points: int) -> NDArray[np.float64]:
    """Return places of keypoints that wander, shape (n_frames, n_points, 2), some not found."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 2, (n_frames, n_points, 2))
    places = 200 + 17 * np.arange(n_points)[:, np.newaxis] + np.cumsum(steps, axis=0)
    places[n_frames // 3, 0] = np.nan
    return np.asarray(places)


def make_deeplabcut(
    folder: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    n_frames: int = 61,
    is_tracked: bool = True,
    suffix: str = ".h5",
) -> Path:
    """Write a table of keypoints as DeepLabCut does, with its settings beside it.

    Parameters
    ----------
    folder : Path
        Where it goes; it is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Its name is the scorer's.
    n_frames : int
        Rows.
    is_tracked : bool
        True for a network's table with likelihoods, False for a person's labels.
    suffix : str
        ``".h5"`` or ``".csv"``.

    Returns
    -------
    Path
        The table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = planted.name if planted else "lab"
    coords = ("x", "y", "likelihood") if is_tracked else ("x", "y")
    places = make_places(seed, n_frames, len(KEYPOINTS))
    if is_tracked:
        likely = np.random.default_rng(seed + 1).uniform(0.5, 1, (*places.shape[:2], 1))
        places = np.concatenate([places, likely], axis=2)
    scorer = f"DLC_resnet50_{name}Oct30shuffle1_1000" if is_tracked else name
    columns = [(scorer, point, coord) for point in KEYPOINTS for coord in coords]
    rows = [str(i) if is_tracked else f"labeled-data/m1/img{2 * i:04d}.png"
            for i in range(n_frames)]  # fmt: skip
    stem = f"m1{scorer}" if is_tracked else f"CollectedData_{name}"
    path = folder / f"{stem}{suffix}"
    write = _write_dlc_table if suffix == ".h5" else _write_dlc_csv
    write(path, columns, rows, places.reshape(n_frames, -1))
    (folder / "config.yaml").write_text(
        f"Task: reach\nscorer: {name}\ndate: Oct30\nproject_path: /home/{name}/reach\n"
        "bodyparts:\n" + "".join(f"- {point}\n" for point in KEYPOINTS)
        + "skeleton:\n- - snout\n  - leftear\n", encoding="utf-8",
    )  # fmt: skip
    return path


def _write_dlc_csv(
    path: Path, columns: list[tuple[str, str, str]], rows: list[str], values: NDArray[np.float64]
) -> None:
    """Write three rows of headings, then a row for each frame."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for i, heading in enumerate(("scorer", "bodyparts", "coords")):
        writer.writerow([heading, *(column[i] for column in columns)])
    for row, numbers in zip(rows, values.tolist(), strict=True):
        writer.writerow([row, *("" if np.isnan(x) else repr(x) for x in numbers)])
    path.write_text(text.getvalue(), encoding="utf-8")


def _write_dlc_table(
    path: Path, columns: list[tuple[str, str, str]], rows: list[str], values: NDArray[np.float64]
) -> None:
    """Write the table that pandas and PyTables make: records, and names in a pickle."""
    import h5py

    names = b"(lp0\n" + b"".join(
        b"(" + b"".join(f"V{word}\np{i}\n".encode() for word in column) + f"tp{i}\na".encode()
        for i, column in enumerate(columns, start=1)
    ) + b"."  # fmt: skip
    is_counted = all(row.isdigit() for row in rows)
    index = np.array(rows, np.int64) if is_counted else np.array([row.encode() for row in rows])
    table = np.zeros(
        len(rows), [("index", index.dtype), ("values_block_0", "<f8", values.shape[1])]
    )
    table["index"], table["values_block_0"] = index, values
    with h5py.File(path, "w") as file:
        node = file.create_dataset("df_with_missing/table", data=table)
        node.attrs["values_block_0_kind"] = np.bytes_(names)
        file["df_with_missing"].attrs["pandas_type"] = np.bytes_(b"frame_table")


def make_eyelink(
    path: Path, *, seed: int = 7, planted: Planted | None = None, n_times: int = 503
) -> Path:
    """Write the text that edf2asc makes of a recording of both eyes at 500 Hz.

    Parameters
    ----------
    path : Path
        The .asc file; its folder is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the first lines and one message.
    n_times : int
        Samples.

    Returns
    -------
    Path
        The file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    p = planted or Planted(name="a", operator="program", serial="CL-AAA00")
    rng = np.random.default_rng(seed)
    gaze = np.round(900 + np.cumsum(rng.normal(0, 1, (n_times, 4)), axis=0), 1)
    pupils = rng.integers(3000, 4000, (n_times, 2))
    lines = [
        f"** CONVERTED FROM C:\\data\\{p.name}\\run1.edf using edfapi 4.0 on Fri Apr  8 2022",
        f"** DATE: {p.start:%a %b} {p.start.day:2d} {p.start:%H:%M:%S %Y}",
        "** TYPE: EDF_FILE BINARY EVENT SAMPLE TAGGED", "** VERSION: EYELINK II 1",
        "** SOURCE: EYELINK CL", "** EYELINK II CL v5.09 Nov 17 2015",
        "** CAMERA: Eyelink GL Version 1.2 Sensor=AJ7", f"** SERIAL NUMBER: {p.serial}",
        f"** RECORDED BY: {p.operator}", "**", "",
        "MSG\t1000 DISPLAY_COORDS = 0 0 1919 1079",
        "START\t2000 \tLEFT\tRIGHT\tSAMPLES\tEVENTS", "PRESCALER\t1", "VPRESCALER\t1",
        "PUPIL\tDIAMETER",
        "EVENTS\tGAZE\tLEFT\tRIGHT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
        "SAMPLES\tGAZE\tLEFT\tRIGHT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
    ]  # fmt: skip
    for i in range(n_times):
        now = 2000 + 2 * i
        numbers = f"{gaze[i, 0]}\t{gaze[i, 1]}\t{pupils[i, 0]}.0\t{gaze[i, 2]}\t{gaze[i, 3]}\t"
        if 200 <= i < 212:
            numbers = f".\t.\t0.0\t{gaze[i, 2]}\t{gaze[i, 3]}\t"
        if i == 100:
            lines.append(f"MSG\t{now} trigger: 42")
            lines.append(f"MSG\t{now} block of {p.name}")
        lines.append(f"{now}\t{numbers}{pupils[i, 1]}.0\t.....")
        if i == 60:
            lines.append(f"EFIX L   2020\t{now}\t{now - 2018}\t  900.1\t  901.8\t   3744")
        if i == 212:
            lines.append(f"EBLINK L 2400\t{now - 2}\t24")
            lines.append(
                f"ESACC L  2380\t{now}\t46\t  990.8\t  512.0\t  976.4\t  504.1\t   0.36\t    768"
            )
    lines.append(f"END\t{2000 + 2 * n_times} \tSAMPLES\tEVENTS\tRES\t  50.00\t  38.00")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make_ibl(
    folder: Path, *, seed: int = 7, planted: Planted | None = None, n_trials: int = 7
) -> Path:
    """Write what the rig of the International Brain Laboratory writes in a session.

    Parameters
    ----------
    folder : Path
        The session; ``raw_behavior_data`` is made in it.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the settings.
    n_trials : int
        Trials.

    Returns
    -------
    Path
        The records of the trials.
    """
    raw = folder / "raw_behavior_data"
    raw.mkdir(parents=True, exist_ok=True)
    p = planted or Planted(name="a1", operator="rig", code="m1")
    rng = np.random.default_rng(seed)
    settings = {
        "SUBJECT_NAME": p.code, "PYBPOD_CREATOR": [p.operator, "local"], "ALYX_USER": p.name,
        "ALYX_LAB": p.institution, "PYBPOD_BOARD": p.serial, "SESSION_DATETIME":
        p.start.replace(tzinfo=None).isoformat(), "SESSION_DATE": f"{p.start:%Y-%m-%d}",
        "SESSION_FOLDER": f"C:\\iblrig_data\\Subjects\\{p.code}\\{p.start:%Y-%m-%d}\\001",
        "IBLRIG_VERSION_TAG": "5.0.0",
    }  # fmt: skip
    (raw / "_iblrig_taskSettings.raw.json").write_text(json.dumps(settings), encoding="utf-8")
    records = [_make_trial(rng, 6.0 * i, p) for i in range(n_trials)]
    path = raw / "_iblrig_taskData.raw.jsonable"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    ticks = np.cumsum(rng.integers(-3, 4, 211))
    moments = np.cumsum(rng.integers(1000, 9000, 211))
    (raw / "_iblrig_encoderPositions.raw.ssv").write_text(
        "".join(f"{t} {x} \n" for t, x in zip(moments, ticks, strict=True)), encoding="utf-8"
    )
    (raw / "_iblrig_encoderEvents.raw.ssv").write_text(
        "".join(f"{10**6 * i} {i % 4 + 1} \n" for i in range(3 * n_trials)), encoding="utf-8"
    )
    return path


def _make_trial(rng: np.random.Generator, start_s: float, planted: Planted) -> dict[str, object]:
    """Return the record of one trial."""
    shown, done = sorted(rng.uniform(0.3, 3.0, 2).round(4).tolist())
    is_right = bool(rng.random() < 0.7)
    missing = [[float("nan"), float("nan")]]
    return {
        "init_datetime": planted.start.replace(tzinfo=None).isoformat(),
        "task_protocol": "_iblrig_tasks_trainingChoiceWorld",
        "data_file_path": f"C:\\iblrig_data\\Subjects\\{planted.code}\\data.jsonable",
        "position": int(rng.choice([-35, 35])), "stim_probability_left": 0.5,
        "signed_contrast": float(rng.choice([-1.0, 0.25])), "trial_correct": is_right,
        "response_time": done - shown, "quiescent_period": 0.4, "reward_amount": 3,
        "behavior_data": {
            "Trial start timestamp": start_s, "Trial end timestamp": start_s + 5.0,
            "States timestamps": {
                "stim_on": [[shown, shown + 0.06]], "play_tone": [[shown + 0.06, shown + 0.07]],
                "closed_loop": [[shown + 0.07, done]], "no_go": missing,
                "reward": [[done, done + 0.1]] if is_right else missing,
                "error": missing if is_right else [[done, done + 2]],
            },
        },
    }  # fmt: skip


def make_trials(
    path: Path, *, seed: int = 7, planted: Planted | None = None, n_trials: int = 23
) -> Path:
    """Write a table of trials as a program of a lab might.

    Parameters
    ----------
    path : Path
        The .csv file; its folder is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for a column of people and one of remarks.
    n_trials : int
        Rows.

    Returns
    -------
    Path
        The file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    p = planted or Planted(name="a", text="b")
    rng = np.random.default_rng(seed)
    starts = np.cumsum(rng.uniform(2, 5, n_trials)).round(4)
    lines = ["subject,trial,stimOn_times,response_time,feedback_times,choice,stimulus,remark"]
    for i, start in enumerate(starts.tolist()):
        lag = float(rng.uniform(0.2, 1.5))
        choice = "left" if rng.random() < 0.5 else "right"
        picture = f"picture of {p.name}" if rng.random() < 0.5 else "other"
        lines.append(f"{p.name},{i + 1},{start},{lag:.4f},{start + lag:.4f},{choice},{picture},"
                     f"{p.text} {i}")  # fmt: skip
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make_sleap(
    path: Path, *, seed: int = 7, planted: Planted | None = None, n_frames: int = 53
) -> Path:
    """Write an analysis of SLEAP: two animals, each with all keypoints.

    Parameters
    ----------
    path : Path
        The .analysis.h5 file; its folder is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the paths in it and a name of an animal.
    n_frames : int
        Frames.

    Returns
    -------
    Path
        The file.
    """
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    p = planted or Planted(name="a")
    places = make_places(seed, n_frames, 2 * len(KEYPOINTS)).reshape(n_frames, 2, -1, 2)
    with h5py.File(path, "w") as file:
        file["node_names"] = np.array([name.encode() for name in KEYPOINTS])
        file["track_names"] = np.array([p.name.encode(), b"track_1"])
        file["track_occupancy"] = np.ones((n_frames, 2), np.uint8)
        file["tracks"] = places.transpose(1, 3, 2, 0)
        file["point_scores"] = np.random.default_rng(seed).uniform(
            0, 1, (2, len(KEYPOINTS), n_frames)
        )
        file["edge_inds"] = np.array([[0, 1], [0, 2]])
        file["video_path"] = f"/home/{p.name}/videos/a.mp4"
        file["labels_path"] = f"/home/{p.name}/labels.slp"
    return path


def make_sleap_project(
    path: Path, *, seed: int = 7, planted: Planted | None = None, n_frames: int = 31
) -> Path:
    """Write a project of SLEAP: one animal, found by software in every second frame.

    Parameters
    ----------
    path : Path
        The .slp file; its folder is made.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for the path of the video.
    n_frames : int
        Frames with keypoints.

    Returns
    -------
    Path
        The file.
    """
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    p = planted or Planted(name="a")
    n = len(KEYPOINTS)
    places = make_places(seed, n_frames, n)
    about = {
        "version": "2.0.0", "nodes": [{"name": name} for name in KEYPOINTS],
        "skeletons": [{"nodes": [{"id": i} for i in range(n)],
                       "links": [{"source": 0, "target": 1}]}],
        "provenance": {"source": f"/home/{p.name}/x.slp"},
    }  # fmt: skip
    counted = np.arange(n_frames)
    names = ("frame_id", "frame_idx", "instance_id_start", "instance_id_end")
    frames = np.zeros(n_frames, [("video", "u4"), *((name, "u8") for name in names)])
    frames["frame_id"], frames["frame_idx"] = counted, 2 * counted
    frames["instance_id_start"], frames["instance_id_end"] = counted, counted + 1
    instances = np.zeros(n_frames, [("instance_id", "i8"), ("instance_type", "u1"),
                                    ("frame_id", "u8"), ("track", "i4"), ("score", "f4"),
                                    ("point_id_start", "u8"), ("point_id_end", "u8")])  # fmt: skip
    instances["instance_type"], instances["track"] = 1, -1
    instances["point_id_start"], instances["point_id_end"] = n * counted, n * counted + n
    kind = [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")]
    points = np.zeros(n_frames * n, [*kind, ("score", "f8")])
    points["x"], points["y"] = places.reshape(-1, 2).T
    points["visible"], points["score"] = np.isfinite(points["x"]), 0.9
    video = {"backend": {"filename": f"/home/{p.name}/a.mp4"}}
    with h5py.File(path, "w") as file:
        group = file.create_group("metadata")
        group.attrs["format_id"], group.attrs["json"] = 1.2, np.bytes_(json.dumps(about).encode())
        file["videos_json"] = np.array([json.dumps(video).encode()])
        file["frames"], file["instances"] = frames, instances
        file["points"], file["pred_points"] = np.zeros(0, kind), points
    return path
