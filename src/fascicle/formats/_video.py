"""Video of behaviour: the pictures as they were coded, in a container that says nothing else.

The stream is not coded anew: its bytes are copied, but for words inside it that no decoder draws.
Sound stays behind. Whether people can be seen is looked for in the written file (the check).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

from fascicle.core import FileHead, Header, Identifier, Modality, Source, Written
from fascicle.errors import DependencyError, FormatError

from ._files import written_paths
from ._isobmff import QUICKTIME, Movie, no_frames, read_movie
from ._isobmff_write import write_movie
from ._riff import Clip, read_clip, write_clip
from ._vendor import find_identifiers, foreign_reader

_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"qt  ",
           b"M4V ", b"MSNV", b"3gp4", b"3gp5", b"3gp6", b"f4v ", b"dash", b"XAVC")  # fmt: skip
_OLD_BOXES = (b"moov", b"mdat", b"wide")
_OTHERS = (b"\x1a\x45\xdf\xa3", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"FLV\x01", b"\0\0\x01\xba")
"""Matroska and WebM, ASF (.wmv), Flash, MPEG-PS: known, and not cleaned here."""

_KINDS = {b"\xa9xyz": "place", b"loci": "place", b"\xa9day": "date", b"\xa9ART": "operator",
          b"\xa9aut": "operator", b"\xa9dir": "operator", b"IART": "operator", b"ICRD": "date",
          b"\xa9mak": "text", b"IENG": "operator", b"ITCH": "operator"}  # fmt: skip
_TOOLS = ("Lavf", "Lavc", "VideoHandler", "SoundHandler", "Core Media", "x264", "x265", "mdta",
          "mdirappl", "mhlr", "dhlr", "appl", "vide", "soun", "HandBrake", "GPAC", "L-SMASH",
          "Apple Video Media Handler", "Apple Sound Media Handler", "Apple Alias Data Handler",
          "ISO Media file", "Time Code Media Handler", "VirtualDub")  # fmt: skip
"""Beginnings of what programs write into every file: nobody's words."""


class Video:
    """Video (.mp4, .mov, .m4v, .avi)."""

    name = "video"
    title = "Video (MP4, QuickTime, AVI)"
    modalities = (Modality.BEH,)
    isolated = False
    proven_on = "real"
    requires = "video"

    def recognises(self, head: FileHead) -> bool:
        """Look for the first box of MP4 and QuickTime, the letters of AVI, and what is refused."""
        start = head.head[:16]
        if head.is_folder or len(start) < 16:
            return False
        is_avi = start[:4] == b"RIFF" and start[8:12] == b"AVI "
        is_mp4 = start[4:8] == b"ftyp" and _names_video(head.head)
        size = int.from_bytes(start[:4], "big")
        is_old = start[4:8] in _OLD_BOXES and (size >= 8 or size == 1)
        return is_avi or is_mp4 or is_old or start.startswith(_OTHERS)

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return nothing: a video is one file."""
        return ()

    def read_header(self, root: Path, source: Source) -> Header:
        """Read size, rate and length, and the words of the container."""
        require_opencv()
        with foreign_reader(self.title, self.requires):
            return _describe(open_video(root / source.primary))

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Copy the stream into a container that is made of its numbers alone."""
        path = root / source.primary
        with foreign_reader(self.title, self.requires):
            opened = open_video(path)
            read = _describe(opened)
            if read.n_times != header.n_times:
                raise FormatError(
                    "FSC231",
                    f"Expected a header with {read.n_times} frames, got {header.n_times}.",
                    "Give the header that was read from this video.",
                )
            name = f"{stem}{_suffix(opened)}"
            if isinstance(opened, Clip):
                n_blanked = write_clip(opened, path, folder / name)
            else:
                n_blanked = write_movie(opened, path, folder / name)
        return Written("video", written_paths(name), copied=n_blanked == 0)


def require_opencv() -> None:
    """Raise DependencyError without the library that looks into the pictures."""
    try:
        import cv2  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise DependencyError(
            "FSC801",
            "Expected the optional library that reads video, and it is not installed.",
            "Install it: pip install 'fascicle[video]'.",
        ) from error


def open_video(path: Path) -> Movie | Clip:
    """Read everything of a video but its frames.

    Raises
    ------
    FormatError
        FSC257 for a container or codec that cannot be cleaned, FSC258 for a broken file, FSC255 for
        one without frames.
    """
    with path.open("rb") as stream:
        start = stream.read(12)
    if start.startswith(_OTHERS):
        raise FormatError(
            "FSC257",
            "Expected MP4, QuickTime or AVI, got a container that cannot be cleaned of names and "
            "places.",
            "Copy its stream: ffmpeg -i IN -c copy -map 0:v:0 -map_metadata -1 OUT.mp4",
        )
    opened = read_clip(path) if start[:4] == b"RIFF" else read_movie(path)
    if not len(opened.sizes if isinstance(opened, Clip) else opened.video.sizes):
        raise no_frames()
    return opened


def find_frame_rate(path: Path) -> float:
    """Return the frames in a second of a video file."""
    opened = open_video(path)
    return opened.rate_hz if isinstance(opened, Clip) else opened.video.rate_hz


def _names_video(head: bytes) -> bool:
    """Tell whether the brands of an MP4 are those of video: pictures and sound have others."""
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, min(size, 64), 4))]
    return brands[0] not in {b"M4A ", b"heic", b"avif", b"mif1", b"crx ", b"jp2 "} and any(
        brand in _BRANDS for brand in brands
    )


def _suffix(opened: Movie | Clip) -> str:
    if isinstance(opened, Clip):
        return ".avi"
    return ".mov" if opened.video.codec in QUICKTIME else ".mp4"


def _describe(opened: Movie | Clip) -> Header:
    """Return what a container says of its video."""
    stream = opened if isinstance(opened, Clip) else opened.video
    created = None if isinstance(opened, Clip) else opened.created_at
    width, height, rate_hz, n_frames = (
        stream.width,
        stream.height,
        stream.rate_hz,
        len(stream.sizes),
    )
    return Header(
        modality=Modality.BEH,
        sfreq_hz=rate_hz,
        n_times=n_frames,
        measured_at=created,
        identifiers=tuple(dict.fromkeys(_identifiers(opened, created))),
        suffix="video",
        certainty=1.0,
        evidence=("The container is one of video.",),
        shape=(n_frames, height, width),
        metadata={
            "FrameRate": rate_hz,
            "ImageWidth": width,
            "ImageHeight": height,
            "NumberOfFrames": n_frames,
            "RecordingDuration": n_frames / rate_hz if rate_hz else 0.0,
            "AudioRemoved": opened.n_audio > 0,
            "NumberOfRemovedTracks": opened.n_audio + opened.n_other,
        },
        # Nobody knows who is in it until the check has looked, and of people it always shows them.
        exposes="face",
    )


def _identifiers(opened: Movie | Clip, created: datetime | None) -> Iterator[Identifier]:
    """Yield the words of the container, and its day."""
    words = [
        (_KINDS.get(kind, "text"), kind.decode("latin-1").strip(), text)
        for kind, text in opened.texts
        if not text.startswith(_TOOLS)
    ]
    days = [("date", "creation time", created.date().isoformat())] if created else []
    yield from find_identifiers("video container", [*words, *days])
