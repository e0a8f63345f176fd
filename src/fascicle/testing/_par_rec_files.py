"""Synthetic Philips PAR/REC images: texts in one file, numbers in the other."""

from __future__ import annotations

from pathlib import Path

from ._planted import Planted
from ._volume_files import VolumeShape

_NOBODY = Planted("phantom", "none", "none", "none", "none", "none", "none")
_FIXED = """\
.    Series Type                        :   Image   MRSERIES
.    Acquisition nr                     :   2
.    Reconstruction nr                  :   1
.    Scan Duration [sec]                :   14
.    Max. number of cardiac phases      :   1
.    Max. number of echoes              :   1
.    Max. number of mixes               :   1
.    Patient position                   :   Head First Supine
.    Preparation direction              :   Anterior-Posterior
.    Technique                          :   FEEPI
.    Scan mode                          :   MS
.    Water Fat shift [pixels]           :   11.050
.    Angulation midslice(ap,fh,rl)[degr]:   -13.265  0.000  0.000
.    Off Centre midslice(ap,fh,rl) [mm] :   2.508  30.339  -16.032
.    Flow compensation <0=no 1=yes> ?   :   0
.    Presaturation     <0=no 1=yes> ?   :   0
.    Phase encoding velocity [cm/sec]   :   0.000000  0.000000  0.000000
.    MTC               <0=no 1=yes> ?   :   0
.    SPIR              <0=no 1=yes> ?   :   1
.    EPI factor        <0,1=no EPI>     :   17
.    Dynamic scan      <0=no 1=yes> ?   :   1
.    Diffusion         <0=no 1=yes> ?   :   0
.    Diffusion echo time [ms]           :   0.0000
.    Max. number of diffusion values    :   1
.    Max. number of gradient orients    :   1
.    Number of label types   <0=no ASL> :   0
"""


def make_par_rec(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: VolumeShape | None = None,
    slice_slopes: tuple[float, ...] = (2.5,),
) -> Path:
    """Write a synthetic Philips PAR/REC image: texts in the .par, numbers in the .rec.

    Parameters
    ----------
    path : Path
        The ``.par``; the ``.rec`` stands beside it.
    seed, shape : int, VolumeShape
        As in `make_nifti`; axial slices of 16 bits, square ones of equal sides.
    planted : Planted, optional
        Identifiers for the patient, the examination and the path of the export.
    slice_slopes : tuple of float
        Scaling of the slices, one after the other, and again from the first.

    Returns
    -------
    Path
        `path`.
    """
    shape = shape or VolumeShape(size=(17, 17, 5, 3), dtype="<u2", tr_s=2.5)
    values = shape.stored(seed)
    values = values[..., None] if values.ndim == 3 else values
    who = planted or _NOBODY
    lines = [
        "# === DATA DESCRIPTION FILE ===",
        f"# Dataset name: E:\\Export\\{who.name}",
        "# CLINICAL TRYOUT             Research image export tool     V4.2",
        "# === GENERAL INFORMATION ===",
        *_format_general(values.shape, who, shape.tr_s),
        *_FIXED.splitlines(),
        "# === IMAGE INFORMATION ===",
        *_format_images(values.shape, slice_slopes),
        "# === END OF DATA DESCRIPTION FILE ===",
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    path.with_suffix(".REC" if path.suffix == ".PAR" else ".rec").write_bytes(
        values.astype("<u2").tobytes(order="F")
    )
    return path


def _format_general(size: tuple[int, ...], who: Planted, tr_s: float) -> list[str]:
    """Return the lines that depend on the person and on the size."""
    n_x, n_y, n_slices, n_volumes = size
    fields = {
        "Patient name": who.name,
        "Examination name": who.code,
        "Protocol name": "bold rest",
        "Examination date/time": who.start.strftime("%Y.%m.%d / %H:%M:%S"),
        "Max. number of slices/locations": str(n_slices),
        "Max. number of dynamics": str(n_volumes),
        "Scan resolution  (x, y)": f"{n_x}  {n_y}",
        "Repetition time [ms]": f"{1000 * tr_s:.3f}",
        "FOV (ap,fh,rl) [mm]": f"{3.0 * n_y:.3f}  {5.0 * n_slices:.3f}  {3.0 * n_x:.3f}",
    }
    return [f".    {name:<34} :   {value}" for name, value in fields.items()]


def _format_images(size: tuple[int, ...], slopes: tuple[float, ...]) -> list[str]:
    """Return one line for every slice of every volume."""
    n_x, n_y, n_slices, n_volumes = size
    return [
        f"  {at + 1}   1    {volume + 1}  1 0 2     {volume * n_slices + at}  16    62     "
        f"{n_x}   {n_y}     0.00000   {slopes[(volume * n_slices + at) % len(slopes)]:.5f}"
        f" 4.90702e-003  1070   1860 -13.26  -0.00  -0.00    2.51   30.34  {-16.03 + 5 * at:.2f}"
        "  5.000  0.000 0 1 0 2  3.000  3.000  30.00    0.00     0.00    0.00   0   90.00     0"
        "    0    0    39   0.0  1   1    8    0   0.000    0.000    0.000  1"
        for volume in range(n_volumes)
        for at in range(n_slices)
    ]
