"""DICOM: series of MRI, PET and CT, parted by what stands in the files, converted by dcm2niix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fascicle.core import FileHead, Header, Modality, Source, Written

from ._dicom_convert import write_dicom
from ._dicom_header import read_dicom_header
from ._dicom_instances import read_instances
from ._dicom_parts import part_series
from ._dicom_scan import looks_like_dicom
from ._gathered import Gathered


class Dicom:
    """DICOM files of any maker, one slice or many in a file, packed or not.

    A recording is one person's one series of one echo and one part of the signal, wherever its
    files lie: neither folders nor names of files tell anything.
    """

    name = "dicom"
    title = "DICOM (MRI, PET, CT)"
    modalities = (
        Modality.ANAT,
        Modality.FUNC,
        Modality.DWI,
        Modality.PERF,
        Modality.FMAP,
        Modality.PET,
    )
    isolated = False
    proven_on = "real"
    requires = "mri"

    def recognises(self, head: FileHead) -> bool:
        """Look for the mark behind the preamble, or for plausible first tags."""
        return not head.is_folder and looks_like_dicom(head.head)

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return nothing: which files belong together only all of them tell (see `gather`)."""
        return ()

    def gather(self, heads: Sequence[FileHead], root: Path) -> Gathered:
        """Part all DICOM files of a folder into recordings."""
        paths = [head.path for head in heads]
        return part_series(list(zip(paths, read_instances(root, paths), strict=True)))

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the files of one recording say together."""
        return read_dicom_header(root, source.files)

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Convert into one ``.nii.gz``; gradients go beside it."""
        return write_dicom(root, source.files, header, folder, stem)
