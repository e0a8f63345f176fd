"""What the proof cannot see, format by format."""

from __future__ import annotations

_EVERYWHERE = (
    "A name that nobody listed and that stands in prose or in a label in small letters; who a "
    "person is from rare events, diagnoses or an unusual group; who a person is from the signal "
    "itself, by comparison with another recording of the same person."
)
_VOICES = (
    " Speech is known by the name of its channel alone, from 1000 samples a second on: a microphone"
    " that no name tells, and the melody of a voice in slower samples, are not."
)
_BY_FORMAT = {
    "edf": "Samples are shown to be whole numbers of 16 bits that fill the declared records; a"
    " message hidden in their values is not looked for." + _VOICES,
    "bdf": "Samples are shown to be whole numbers of 24 bits that fill the declared records; a"
    " message hidden in their values is not looked for." + _VOICES,
    "brainvision": "The data file holds samples only, and its size is that of whole samples; a"
    " message hidden in their values is not looked for." + _VOICES,
    "fif": "Every tag is opened. The positions of electrodes, coils and fiducials stay, points on"
    " the face never do, those of the scalp only if the owner says so: a face cannot be drawn from"
    " what stays, but a known head can be matched." + _VOICES,
    "set": "Every array of the MATLAB file is opened, also packed ones. Electrode positions that"
    " were measured on the head stay." + _VOICES,
    "snirf": "Every group, attribute and dataset of the HDF5 file is opened, and what lies between"
    " them is searched as text, and for packed blocks that no dataset owns (deflate, Zstandard)."
    " Optode positions that were measured on the head stay.",
    "nwb": "Every group, attribute and dataset is opened, packed samples are decoded, and what lies"
    " between them is searched as text, and for packed blocks that no dataset owns (deflate,"
    " Zstandard); the schema in the file is compared with the published one."
    " A message hidden in the values of samples is not looked for, nor a face in a movie."
    + _VOICES,
    "nifti": "Every field of the header is read, nothing may stand between it and the values, and"
    " these fill the declared size. A face can be drawn from an image of a head whatever its header"
    " says, and an image can be matched to another of the same head: what shows one loses"
    " its face or is held back unless it is an animal's or a steward signs. That no face is left is"
    " not proven here: attacks on what leaves measure it. A message hidden in the values is not"
    " looked for, nor words that were burnt into a picture before; in images of one byte a value,"
    " prose of nobody's known name is not told from grey levels.",
    "gradients": "Every word is shown to be a number.",
    "ome-tiff": "Every page, tag and tile is opened, the OME-XML is read to its last attribute, and"
    " what lies between them is searched. Words that were drawn or burnt into an image are not"
    " read, nor a message hidden in its values; in images of one byte a value, prose of nobody's"
    " known name is not told from grey levels. An image can be matched to another of the same"
    " tissue.",
    "ome-zarr": "Every description is read, and every chunk unpacked and shown to be numbers. Words"
    " that were drawn or burnt into an image are not read, nor a message hidden in its values; in"
    " images of one byte a value, prose of nobody's known name is not told from grey levels. An"
    " image can be matched to another of the same tissue.",
    "video": "Every box of the container is opened and its samples are accounted for. What the"
    " pictures show is not proven: in videos of people detectors look for faces in every frame, in"
    " those of animals in a few, and see most that look into the camera; words in the picture are"
    " not looked for. Compressed frames are searched as bytes, not decoded; moments in the timing"
    " messages of H.264 and H.265, and numbers of light in AV1, stay.",
    "h5ad": "Every group, attribute and dataset is opened, packed values are decoded, and what lies"
    " between them is searched as text, and for packed blocks that no dataset owns (deflate,"
    " Zstandard). A gene that is called by a surname which nobody listed is not told from others."
    " Who a person is from the genes of their cells, compared with another sample of the same"
    " person, is not looked for.",
    "html": "Pictures are searched for text in their headers, and never for words that are drawn.",
    "png": "Words that are drawn in a picture are not read.",
    "json": "Keys, texts and numbers are all read; whether a number is a secret code is not known.",
    "table": "Columns of measures (onset, duration, sample, ...) hold numbers only; a number of up"
    " to eight digits in them that equals somebody's number cannot be told from a measurement.",
    "text": "Prose is searched for what is known and for shapes of dates, contacts and titles; a"
    " person must read it.",
    "gzip": "Unpacked and searched, down to four layers and two gigabytes.",
    "zip": "Unpacked and searched, down to four layers and two gigabytes; encrypted members cannot"
    " be opened and refuse the output.",
    "unknown": "The format is not known here: its bytes were searched as they stand, and no more.",
    "audio": "A voice is not recognised.",
}
_ALIASES = {
    "vhdr": "brainvision", "vmrk": "brainvision", "eeg": "brainvision", "eeglab": "set",
    "nii": "nifti", "bval": "gradients", "bvec": "gradients",
    "anndata": "h5ad",
    "fdt": "set", "hdf5": "snirf", "tsv": "table", "csv": "table", "gz": "gzip", "svg": "html",
    "tif": "ome-tiff", "tiff": "ome-tiff", "btf": "ome-tiff",
    "mp4": "video", "mov": "video", "avi": "video",
    "jsonld": "json", "md": "text", "yaml": "text",
}  # fmt: skip


def limits(format_name: str) -> str:
    """Return what cannot be detected in files of this format, in plain words.

    Examples
    --------
    >>> limits("fif").startswith("Every tag is opened.")
    True
    """
    name = format_name.lower().lstrip(".")
    own = _BY_FORMAT.get(_ALIASES.get(name, name), _BY_FORMAT["unknown"])
    return f"{own} Nowhere seen: {_EVERYWHERE[0].lower()}{_EVERYWHERE[1:]}"
