"""Synthetic FIF recordings, written by MNE-Python."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from fascicle.core import Event

from ._planted import Planted, Shape

_MNE_MACHINE = b"\x30\x33\x30\x33" * 2
PLANTED_MACHINE = b"\x00\x0b\xdb\x93\x0a\x6f\x51\x7e"
"""The machine id that stands in a file with planted identifiers."""


def make_fif(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    events: Sequence[Event] = (),
    shape: Shape | None = None,
    kind: str = "meg",
) -> Path:
    """Write a synthetic FIF recording with digitised points, projections and a bad channel.

    Parameters
    ----------
    path : Path
        Where to; its name should end in ``_raw.fif`` or ``_meg.fif``.
    seed : int
        The same seed gives the same samples.
    planted : Planted, optional
        Identifiers for the subject, experimenter, device and acquisition fields, and machine ids.
    events : sequence of Event
        Annotations; those with a ``value`` stand on the trigger channel too.
    shape : Shape, optional
        Channels and length; all have the first rate, and a channel ``STI 014`` comes on top.
    kind : str
        ``"meg"`` (magnetometers), ``"both"`` (two of them, the rest EEG), ``"eeg"``, ``"seeg"``;
        with ``"/split"`` behind it the recording is split into files of about 2 MB.

    Returns
    -------
    Path
        `path`.
    """
    import mne

    shape = shape or Shape()
    channel_type, _, variant = kind.partition("/")
    raw = mne.io.RawArray(
        _samples(shape, seed, events, channel_type), _info(shape, channel_type), first_samp=503,
        verbose="ERROR",
    )  # fmt: skip
    start = planted.start if planted else datetime(2012, 2, 3, 4, 5, 6, tzinfo=UTC)
    raw.set_meas_date(start)
    _set_points(raw, seed)
    _set_annotations(raw, events)
    if planted:
        _plant(raw, planted)
    split_size = "2MB" if variant == "split" else "2GB"
    raw.save(path, overwrite=True, split_size=split_size, buffer_size_sec=1.7, verbose="ERROR")
    if planted:
        for part in sorted(path.parent.glob(f"{path.stem}*.fif")):
            part.write_bytes(part.read_bytes().replace(_MNE_MACHINE, PLANTED_MACHINE))
    return path


def _samples(
    shape: Shape, seed: int, events: Sequence[Event], channel_type: str
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return samples in SI units, with triggers on the last channel."""
    unit = 1e-15 if channel_type in {"mag", "meg"} else 1e-7
    samples = shape.counts(seed) * unit
    triggers = np.zeros(samples.shape[1])
    for event in events:
        if event.value:
            start = round(event.onset_s * shape.rates_hz[0])
            triggers[start : start + 5] = event.value
    return np.vstack([samples, triggers])


def _info(shape: Shape, channel_type: str) -> Any:  # noqa: ANN401 - an mne.Info
    """Return the measurement information."""
    import mne

    n_channels = len(shape.rates_hz)
    names = shape.names
    types = [{"meg": "mag", "both": "eeg"}.get(channel_type, channel_type)] * n_channels
    if channel_type == "both":
        types[:2] = ["mag", "mag"]
    info = mne.create_info(
        [*names, "STI 014"], shape.rates_hz[0], [*types, "stim"], verbose="ERROR"
    )
    info["bads"] = [names[1]]
    return info


def _set_points(raw: Any, seed: int) -> None:  # noqa: ANN401 - an mne.io.BaseRaw
    """Set fiducials, electrodes, coils and a head shape, and a device-to-head transform."""
    import mne

    rng = np.random.default_rng(seed)
    names = raw.ch_names[:-1]
    montage = mne.channels.make_dig_montage(
        ch_pos=dict(zip(names, rng.normal(0, 0.05, (len(names), 3)), strict=True)),
        nasion=[0, 0.1, 0], lpa=[-0.08, 0, 0], rpa=[0.08, 0, 0],
        hpi=rng.normal(0, 0.05, (4, 3)), hsp=rng.normal(0, 0.09, (57, 3)), coord_frame="head",
    )  # fmt: skip
    raw.set_montage(montage, verbose="ERROR")
    shift = np.eye(4)
    shift[:3, 3] = 0.001, -0.002, 0.04
    with raw.info._unlock():  # noqa: SLF001 - the only way to set a transform
        raw.info["dev_head_t"] = mne.transforms.Transform("meg", "head", shift)
        raw.info["line_freq"] = 50.0
    if "eeg" in raw.get_channel_types():
        raw.set_eeg_reference(projection=True, verbose="ERROR")


def _set_annotations(raw: Any, events: Sequence[Event]) -> None:  # noqa: ANN401 - an mne.io.BaseRaw
    """Set annotations with onsets from the first sample."""
    import mne

    raw.set_annotations(
        mne.Annotations(
            onset=[event.onset_s + raw.first_time for event in events],
            duration=[event.duration_s for event in events],
            description=[event.label for event in events],
            orig_time=raw.info["meas_date"],
        )
    )


def _plant(raw: Any, planted: Planted) -> None:  # noqa: ANN401 - an mne.io.BaseRaw
    """Plant identifiers wherever MNE-Python has room for them."""
    raw.info["subject_info"] = {
        "id": 7712034, "his_id": planted.code, "last_name": planted.name, "first_name": "Ottokar",
        "birthday": planted.birth, "sex": 2, "hand": 1, "weight": 71.0, "height": 1.77,
    }  # fmt: skip
    raw.info["experimenter"] = planted.operator
    raw.info["description"] = planted.text
    raw.info["device_info"] = {
        "type": "meg", "model": "vectorview", "serial": planted.serial, "site": planted.institution
    }  # fmt: skip
    with raw.info._unlock():  # noqa: SLF001 - MNE-Python guards what only readers set
        raw.info["proj_name"] = planted.place
        raw.info["proj_id"] = 7712034
        raw.info["acq_pars"] = f"ACQsubject {planted.name}\nACQch001 111001\n"
        raw.info["utc_offset"] = "+02:00"
