"""What every plug-in must do that reads behaviour: keypoints, gaze, trials, video."""

from __future__ import annotations

from fascicle.core import Family, Header

from ._contracts_base import RecordingContract


class BehaviourContract(RecordingContract):
    """What every format of behaviour must do; a plug-in's test is a subclass of it.

    The recording is written as NWB or as a cleaned video, with the names of the released header
    and nothing else of the source's words.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_trials
    >>> class TestTrials(BehaviourContract):
    ...     format_name = "trials"
    ...
    ...     def make_recording(self, root):
    ...         return make_trials(root / "a.csv", seed=7, planted=Planted())
    """

    stem = "sub-01_task-reach_beh"
    n_damaged = 3
    flip_reach = None

    # What a subclass inherits -----------------------------------------------------------------

    def require_complete(self, header: Header) -> None:
        """Kind, length and names are read."""
        assert header.modality.family is Family.NEURODATA
        assert header.n_times > 0
        assert all(channel.name and channel.kind for channel in header.channels)
