"""Take the faces out of images: one file, or all that a folder holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from fascicle.core import (
    Family,
    Finding,
    Header,
    Modality,
    Progress,
    ProgressHook,
    Severity,
    Source,
)
from fascicle.errors import DependencyError, FascicleError, InputError
from fascicle.formats import Recognition, read_header, recognise, registry, write_recording
from fascicle.jobs import (
    clone_file,
    make_private_folder,
    remove_tree,
    run_apart,
    write_atomic,
)
from fascicle.protect import DefaceMethod, DicomNames

from ._convert_one import MAX_WRITE_S, choose_process
from ._deface_dicom import deface_dicom, make_dicom_names
from ._deface_volume import DefacedFile, Leader, deface_file
from ._head_order import choose_leader, find_session, rank_head
from ._video_mask import mask_film

FaceMethod = Literal["replace", "remove", "region", "follow"]
_IMAGES: Final = (".nii", ".nii.gz", ".img", ".hdr", ".mgh", ".mgz", ".mnc", ".dcm", ".rec", ".par")
"""Endings of images: what nobody could judge is not copied."""
_VIDEOS: Final = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".wmv", ".mpg")
"""Endings of videos: one is masked by itself, none is copied with a dataset."""
_NOT_COPIED: Final = frozenset({"sourcedata", "derivatives"})


@dataclass(frozen=True, slots=True)
class DefaceResult:
    """What came of a file or a folder.

    Attributes
    ----------
    target : Path
        Where the result lies.
    written : dict of str to dict
        Measures of each image that was defaced, by its path in the target.
    copied : tuple of str
        Images that show no head, and what is no image: as they were.
    held : tuple of str
        Images that were not written: they show a head, or may, and are in doubt. They are named by
        their number and their kind, because names of files may point to people.
    findings : tuple of Finding
        Why.
    """

    target: Path
    written: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    copied: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if an image was held back."""
        return int(bool(self.held))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for machines."""
        return {
            "target": str(self.target),
            "written": {path: dict(about) for path, about in self.written.items()},
            "copied": list(self.copied),
            "held": list(self.held),
            "findings": [finding.as_dict() for finding in self.findings],
            "exit_code": self.exit_code,
        }


def deface(
    source: Path | str,
    target: Path | str,
    *,
    method: FaceMethod = "replace",
    keep_dicom: bool = False,
    on_progress: ProgressHook | None = None,
) -> DefaceResult:
    """Take the faces out of an image, or of all images of heads in a folder.

    Of a BIDS dataset everything else is copied, but for ``sourcedata`` and ``derivatives``, where
    faces may be left. Of other folders the images alone are written: NIfTI under its name, DICOM
    and other formats as NIfTI under a number. An image whose head cannot be found for certain is
    not written; the others are. In a video faces are masked by boxes of one grey; it is written
    without sound and without its metadata.

    Parameters
    ----------
    source : Path or str
        A ``.nii`` or ``.nii.gz`` file, which is defaced whatever it is taken for; a video (MP4,
        QuickTime, AVI); or a folder: of NIfTI, a BIDS dataset, a series of DICOM files. It is never
        written to.
    target : Path or str
        The file or the folder to write; it must not exist. A video gets the ending ``.avi``, or
        ``.mov`` where its frames are not evenly spaced.
    method : str
        ``"replace"`` puts an average head in the place of the own one, ``"remove"`` nothing. Of a
        video ``"region"`` masks all places at which a face was, ``"follow"`` boxes that follow
        faces, and ``"replace"`` the region if the camera stands still and people move little.
    keep_dicom : bool
        True writes DICOM series as DICOM, one folder for each, under headers that are built anew
        from a whitelist. False makes NIfTI of them, as BIDS has it.
    on_progress : callable or None
        Told of every image.

    Returns
    -------
    DefaceResult
        What was written, copied and held back; ``exit_code`` is that of the command.

    Raises
    ------
    InputError
        FSC166 if the method is not for such a file, FSC190 if `target` exists, FSC191 if `source`
        holds no image, FSC192 if there is no DICOM to be kept.
    DependencyError
        FSC801 or FSC804 if nibabel, SimpleITK, OpenCV or dlib is missing.

    Examples
    --------
    >>> from fascicle.workflows import deface
    >>> deface("sub-01_T1w.nii.gz", "defaced_T1w.nii.gz").exit_code  # doctest: +SKIP
    0
    """
    path, out = Path(source), Path(target)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError(
            "FSC190",
            "Expected a new place for what is defaced, got one that exists.",
            "Name another file or folder: nothing is ever replaced.",
        )
    if path.suffix.casefold() in _VIDEOS and not path.is_dir():
        return _mask_one(path, out, method)
    if method not in {"replace", "remove"}:
        raise _other_method("replace or remove for images")
    how: DefaceMethod = "remove" if method == "remove" else "replace"
    if path.is_dir():
        return _Folder(path, out, how, keep_dicom, on_progress).run()
    if keep_dicom:
        raise _no_dicom()
    return _deface_one(path, out, how)


def _deface_one(path: Path, out: Path, method: DefaceMethod) -> DefaceResult:
    """Deface a single file."""
    if not path.name.casefold().endswith((".nii", ".nii.gz")):
        raise _no_image()
    if out.name.casefold().endswith(".nii"):
        out = out.with_name(f"{out.name}.gz")
    size = path.stat().st_size if path.exists() else 0
    source = Source("nifti", (PurePosixPath(path.name),), size)
    try:
        header = choose_process(path.parent, source)(read_header, path.parent, source)
    except DependencyError:
        raise
    except FascicleError:
        header = Header(Modality.ANAT)  # its voxels tell, or are in doubt
    out.parent.mkdir(parents=True, exist_ok=True)
    done = deface_file(path, out, header, method=method)
    findings = tuple(replace(finding, place="image-001") for finding in done.findings)
    if not done.is_done:
        return DefaceResult(out, held=("image-001",), findings=findings)
    return DefaceResult(out, {out.name: done.record}, findings=findings)


def _mask_one(path: Path, out: Path, method: FaceMethod) -> DefaceResult:
    """Mask the faces in a single video."""
    if method == "remove":
        raise _other_method("region or follow for a video")
    out.parent.mkdir(parents=True, exist_ok=True)
    done = mask_film(path, out.parent, out.stem, rule="auto" if method == "replace" else method)
    findings = tuple(replace(finding, place="video-001") for finding in done.findings)
    if done.path is None:
        return DefaceResult(out, held=("video-001",), findings=findings)
    return DefaceResult(done.path, {done.path.name: done.record}, findings=findings)


def _other_method(wanted: str) -> InputError:
    return InputError(
        "FSC166",
        f"Expected {wanted} as the way to take faces out, got one that is for others.",
        "Name the other way, or leave --method out.",
    )


def _no_image() -> InputError:
    return InputError(
        "FSC191",
        "Expected a NIfTI image, a video, or a folder with images of heads, got none of them.",
        "Name a .nii or .nii.gz file, a video, a BIDS dataset, or a folder with DICOM files.",
    )


def _no_dicom() -> InputError:
    return InputError(
        "FSC192",
        "Expected DICOM series that can stay DICOM, got none.",
        "Name a folder with DICOM files, or leave --keep-dicom out.",
    )


@dataclass(slots=True)
class _Folder:
    """One run over a folder."""

    root: Path
    out: Path
    method: DefaceMethod
    keep_dicom: bool
    hook: ProgressHook | None
    written: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    copied: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    names: DicomNames | None = None
    leaders: dict[str, list[Leader]] = field(default_factory=dict)
    ranks: dict[PurePosixPath, int] = field(default_factory=dict)

    def run(self) -> DefaceResult:
        found = recognise(self.root, apart=run_apart)
        is_bids = (self.root / "dataset_description.json").is_file()
        sources = [source for source in found.sources if self._is_wanted(source.primary)]
        volumes = [s for s in sources if _is_volume(s)]
        self._tell_left_out(found)
        if not volumes:
            if self.held:
                return DefaceResult(self.out, held=tuple(self.held), findings=tuple(self.findings))
            raise _no_image()
        if self.keep_dicom:
            self.names = self._name_dicom(volumes)
        self.out.mkdir(parents=True, exist_ok=True)
        if is_bids:
            self.ranks = {source.primary: _rank(source.primary) for source in volumes}
        # Those that lead the others of their session come first; numbers stay those of the folder.
        numbered = list(enumerate(volumes, 1))
        numbered.sort(key=lambda pair: self.ranks.get(pair[1].primary, 0))
        for n_done, (number, source) in enumerate(numbered):
            if self.hook is not None:
                self.hook(Progress("deface", n_done, len(volumes), f"image-{number:03d}"))
            self._take(source, number)
        if is_bids:
            self._copy_rest(found, sources, volumes)
        result = (tuple(self.copied), tuple(self.held), tuple(self.findings))
        return DefaceResult(self.out, self.written, *result)

    def _tell_left_out(self, found: Recognition) -> None:
        """Tell which DICOM files make no scan; a series that is broken counts as held."""
        for finding in found.findings:
            if not finding.code.startswith("dicom."):
                continue
            if finding.severity is Severity.ERROR:
                self._hold(f"left-out-{len(self.held) + 1:03d}", (finding,))
            else:
                self.findings.append(finding)

    def _name_dicom(self, volumes: Sequence[Source]) -> DicomNames:
        """Return the UIDs and codes of all DICOM series of the run."""
        files = [self.root / path for s in volumes if s.format == "dicom" for path in s.files]
        if not files:
            raise _no_dicom()
        return make_dicom_names(files)

    def _is_wanted(self, path: PurePosixPath) -> bool:
        return not _NOT_COPIED & set(path.parts)

    def _take(self, source: Source, number: int) -> None:
        """Deface or copy one recording; what fails is held and told."""
        place = f"image-{number:03d}"
        try:
            header = choose_process(self.root, source)(read_header, self.root, source)
            done = self._write(source, header, number)
        except DependencyError:
            raise
        except FascicleError as error:
            self._hold(place, (_failed(error),))
            return
        finally:
            remove_tree(self._room)
        if done is not None and not done.is_done:
            self._hold(place, done.findings)

    def _hold(self, place: str, findings: tuple[Finding, ...]) -> None:
        self.held.append(place)
        self.findings.extend(replace(finding, place=place) for finding in findings)

    def _write(self, source: Source, header: Header, number: int) -> DefacedFile | None:
        """Write one recording; None if it shows no head."""
        if self.names is not None and source.format == "dicom":
            return self._write_dicom(self.names, source, header, number)
        target = self._place(source, header, number)
        shows_head = header.exposes == "head"
        target.parent.mkdir(parents=True, exist_ok=True)
        is_nifti = source.format == "nifti" and source.primary.name.casefold().endswith((
            ".nii",
            ".nii.gz",
        ))
        if not is_nifti:
            self._convert(source, header, target)
        first = self.root / source.primary if is_nifti else self._room / target.name
        if not shows_head:
            if is_nifti:
                self._copy(source.primary)
                self._copy_companions(source)
            else:
                self._move_in(target)
                self.copied.append(target.relative_to(self.out).as_posix())
            return None
        leader = self._find_leader(source)
        done = deface_file(first, target, header, method=self.method, leader=leader)
        if done.is_done:
            if source.primary in self.ranks and done.alignment is not None:
                session = find_session(source.primary.as_posix())
                self.leaders.setdefault(session, []).append(Leader(target, header, done.alignment))
            self.written[target.relative_to(self.out).as_posix()] = done.record
            if is_nifti:
                self._copy_companions(source)
            else:
                first.unlink()
                self._move_in(target)
            _note_in_sidecar(target, done)
        return done

    @property
    def _room(self) -> Path:
        """Where images are converted: beside the output, and gone when the run ends."""
        return self.out.with_name(f".{self.out.name}.part")

    def _convert(self, source: Source, header: Header, target: Path) -> None:
        """Convert an image beside the output: whole, it lies there under no name, ever."""
        remove_tree(self._room)
        make_private_folder(self._room)
        run = choose_process(self.root, source)
        stem = target.name.removesuffix(".nii.gz")
        arguments = (self.root, source, header, self._room, stem)
        run(write_recording, *arguments, timeout_s=MAX_WRITE_S)

    def _move_in(self, target: Path) -> None:
        """Move what was converted to where it belongs."""
        for made in sorted(self._room.iterdir()):
            made.replace(target.with_name(made.name))

    def _find_leader(self, source: Source) -> Leader | None:
        """Return the scan of the same session by which the head is found; only BIDS tells."""
        if source.primary not in self.ranks:
            return None
        known = self.leaders.get(find_session(source.primary.as_posix()), ())
        return choose_leader(known, self.ranks[source.primary])

    def _write_dicom(
        self, names: DicomNames, source: Source, header: Header, number: int
    ) -> DefacedFile:
        """Write one series as DICOM, in a folder of its own."""
        folder = self.out / f"image-{number:03d}_{header.suffix or header.modality.value}"
        paths = [self.root / path for path in source.files]
        done = deface_dicom(paths, folder, header, names, self.method)
        if done.is_done:
            self.findings += [replace(one, place=folder.name) for one in done.findings]
            if done.record:
                self.written[folder.name] = done.record
            else:
                self.copied.append(folder.name)
        return done

    def _place(self, source: Source, header: Header, number: int) -> Path:
        name = source.primary.name
        if source.format == "nifti" and name.casefold().endswith((".nii", ".nii.gz")):
            whole = name if name.casefold().endswith(".gz") else f"{name}.gz"
            return self.out / source.primary.parent / whole
        return self.out / f"image-{number:03d}_{header.suffix or header.modality.value}.nii.gz"

    def _copy_companions(self, source: Source) -> None:
        for path in source.files[1:]:
            if not path.name.casefold().endswith(_IMAGES):
                self._copy(path)

    def _copy(self, path: PurePosixPath) -> None:
        if not (self.out / path).exists():
            clone_file(self.root / path, self.out / path)
            self.copied.append(path.as_posix())

    def _copy_rest(self, found: Recognition, sources: list[Source], volumes: list[Source]) -> None:
        """Copy what is no image of a BIDS dataset; tell what was left behind."""
        n_left = 0
        others = [path for s in sources if s not in volumes for path in s.files]
        for path in (*found.tables, *found.others, *others):
            if not self._is_wanted(path) or path.name.casefold().endswith((*_IMAGES, *_VIDEOS)):
                n_left += 1
                continue
            for file in _files_of(self.root, path):
                self._copy(file)
        if n_left:
            self.findings.append(
                Finding(
                    "deface.left-behind",
                    Severity.NOTE,
                    "dataset",
                    f"{n_left} files were not copied: images that are no recordings, videos, and "
                    "what lies in sourcedata and derivatives, may show faces.",
                    "Copy those that you have looked at.",
                    "deface",
                )
            )


def _files_of(root: Path, path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield a file, or all files of a recording that is a folder."""
    full = root / path
    if not full.is_dir():
        yield path
        return
    for file in sorted(full.rglob("*")):
        if file.is_file():
            yield PurePosixPath(file.relative_to(root).as_posix())


def _rank(path: PurePosixPath) -> int:
    """Return how well an image of a BIDS dataset leads the others of its session, by its name."""
    kind = next((one for one in Modality if one == path.parent.name), Modality.FUNC)
    return rank_head(kind, path.name.partition(".")[0].rpartition("_")[2])


def _is_volume(source: Source) -> bool:
    """Tell whether a recording is an image of a body, by its format."""
    return any(kind.family is Family.VOLUME for kind in registry()[source.format].modalities)


def _note_in_sidecar(target: Path, done: DefacedFile) -> None:
    """Say in the sidecar of an image how its face was taken out."""
    sidecar = target.with_name(f"{target.name.removesuffix('.nii.gz')}.json")
    try:
        fields = json.loads(sidecar.read_text("utf-8-sig")) if sidecar.is_file() else {}
    except ValueError:
        return  # as broken as it was
    if isinstance(fields, dict):
        text = json.dumps(fields | dict(done.metadata), indent=2, ensure_ascii=False)
        write_atomic(sidecar, f"{text}\n".encode())


def _failed(error: FascicleError) -> Finding:
    return Finding("deface.failed", Severity.ERROR, "", error.problem, error.remedy, "deface")
