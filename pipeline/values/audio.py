"""The audio room's types: the settings of the finished sound, its sources, and what was measured. Values only.

Every `_s` is seconds of the finished episode, as float, unless a field says otherwise.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pipeline.values.checked import Cut, FileNameOrNone
from pipeline.values.fields import EACH_ONCE, NO_KEY, at_least, at_most

Levelling = Literal["speakers", "slow", "off"]
MusicRole = Literal["intro", "outro", "bed"]
FurtherFormat = Literal["m4a", "opus"]
FormatName = Literal["mp3", FurtherFormat]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSettings:
    """The settings of the finished file: `[audio]`, in show.toml and in episode.toml. Loudness by EBU R128, true peak
    by ITU-R BS.1770-4 Annex 2.

    `levelling`: "speakers" brings every speaker to the same level if it is known who speaks when; "slow" is a gain that
    follows the loudness over many seconds and needs no speakers; "off" is one gain for everything.
    """

    channels: Literal[1, 2] = 2
    sample_rate_hz: Literal[44100, 48000] = 44100
    bitrate_kbps: Literal[64, 80, 96, 112, 128, 160, 192, 224, 256, 320] = 128
    vbr: bool = False  # no longer used: `show/config.py` reads it as false, `check` says why
    levelling: Levelling = "speakers"
    remove_hum: bool = False  # 50 Hz and its harmonics
    reduce_noise: bool = False  # steady noise: fans, hiss
    deesser: bool = False  # sibilants that are too strong for their voice
    further_formats: Annotated[tuple[FurtherFormat, ...], EACH_ONCE] = ()  # in addition to the MP3
    target_lufs: Annotated[float, NO_KEY] = -16.0  # two channels; one: -19 (same loudness from two speakers)
    true_peak_dbtp: Annotated[float, NO_KEY] = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblySettings:
    """What is added around the recordings and cut out of them: `[assembly]`, in show.toml and in episode.toml. In
    episode.toml `cut` and `accept_truncated` are outside the table. Files are relative to `episodes/`; "" is none."""

    intro: FileNameOrNone = ""
    outro: FileNameOrNone = ""
    bed: FileNameOrNone = ""  # music under the first words
    crossfade_s: Annotated[float, at_least(0.0), at_most(20.0)] = 1.0  # between the conversation and intro or outro
    bed_s: Annotated[float, at_least(1.0), at_most(300.0)] = 20.0  # how long the bed plays, its fade included
    bed_lu: Annotated[float, at_least(-40.0), at_most(-6.0)] = -18.0  # how far the bed is below the speech
    longest_pause_s: Annotated[float, at_least(0.3), at_most(60.0)] | None = None  # longer ones are shortened to this
    accept_truncated: Annotated[bool, NO_KEY] = False  # use a recording that breaks off, as far as it goes
    cuts: Annotated[tuple[Cut, ...], NO_KEY] = ()  # stretches to leave out: (start, end) on the recordings' clock


# --- where the sound comes from --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A recording on the timeline. `speaker` is an index into the episode's speakers, None for a mixed recording.

    `offset_s` is on the recordings' clock, which begins with the first recording; `drift_ppm` is how much faster its
    device's clock ran than the first one's (reported, not corrected). `only_channel`: 0 (left), 1 (right) or a
    later one if only that is used, because people chose it, or the other of two is empty or cancels it; it is then
    heard on both sides. `truncated`: the file breaks off, and that is accepted. `stream` is the index of the audio
    stream that people chose, `scale` what stands for full scale if that is not 1.
    """

    file: str  # relative to the episode's folder
    sha256: str
    duration_s: float  # of the recording itself
    sample_rate_hz: int
    channels: int
    offset_s: float = 0.0
    speaker: int | None = None
    drift_ppm: float = 0.0
    only_channel: int | None = None
    truncated: bool = False
    stream: int | None = None
    scale: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the recordings that is kept: from `start_s` to `end_s` on the recordings' clock, beginning at
    `at_s` of the finished episode. Pieces follow one another without gaps and in order."""

    start_s: float
    end_s: float
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Music:
    """A piece of music on the finished episode's clock, the file from its start; fades in whole hundredths of a second.

    While intro or outro overlap the conversation, it fades the other way.
    """

    file: str  # relative to episodes/
    sha256: str
    role: MusicRole
    channels: int
    at_s: float
    duration_s: float
    fade_in_s: float
    fade_out_s: float
    level_lu: float  # above the speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The only map between recordings and the finished episode (timeline.json). Without pieces the recordings are used
    whole and the two clocks are the same."""

    sources: tuple[Source, ...]
    duration_s: float
    pieces: tuple[Piece, ...] = ()
    music: tuple[Music, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFaults:
    """What is wrong with one recording (recordings.json), for the report. Times are on the recordings' clock.

    `clipped_s`: where it clips; `gaps`: missing sound as (start, length); `empty_channel`: 0 (left) or 1 (right);
    `inverted_from_s`: from when on left and right cancel each other; `above_noise_db`: how far speech is above what is
    heard in pauses, None if there is too little to tell.
    """

    file: str  # relative to the episode's folder
    speaker: int | None
    clipped_s: tuple[float, ...] = ()
    gaps: tuple[tuple[float, float], ...] = ()
    empty_channel: int | None = None
    inverted_from_s: float | None = None
    above_noise_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsFaults:
    """The faults of an episode's recordings, in the order of the timeline's sources."""

    recordings: tuple[RecordingFaults, ...]


# --- what was measured ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """Integrated loudness, loudness range (EBU Tech 3342) and true peak of one file or stream."""

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A value for every `step_s` seconds of the episode: loudness (LUFS, silence is -70) or the limiter's work (the
    largest reduction in the step, dB, 0 or less)."""

    step_s: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerLevel:
    """One speaker's share and level. `speaker` as in SpeakerSpan; loudness is the median of the speaker's
    stretches, weighted by length.

    `gain_db` is the speaker's own, on top of the common gain; `capped` means that the full gain would have been too
    much. `after_lufs` is measured on the decoded finished file, None until then.
    """

    speaker: int
    spoken_s: float
    before_lufs: float
    gain_db: float
    capped: bool
    after_lufs: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What a gain on top of the FLAC's level and a limiter's ceiling give, before any codec."""

    gain_db: float
    ceiling_dbtp: float
    integrated_lufs: float
    limited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NormaliseReport:
    """What `normalise` found and did (normalise.json). `before` is the unchanged mix of the recordings."""

    before: Loudness
    gain_db: float
    headroom_db: float  # how far the FLAC is below the target
    levelling: Levelling
    speakers: tuple[SpeakerLevel, ...]
    curve: Curve
    notices: tuple[str, ...] = ()
    rehearsed: Rehearsed | None = None  # None in reports from before


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One further finished file: the measures of its decoded samples, and what the encode loop did."""

    format: FormatName
    after: Loudness
    ceiling_dbtp: float
    limited_s: float
    attempts: int
    encoder: str
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioReport:
    """Measures before (the recordings) and after (the decoded finished MP3), and what the encode loop did
    (report.json)."""

    before: Loudness
    after: Loudness
    gain_db: float
    ceiling_dbtp: float  # the limiter's last ceiling
    limited_s: float  # seconds in which the limiter worked
    attempts: int  # encodes until the verification passed
    encoder: str  # "libmp3lame 128 kbit/s CBR"
    duration_s: float
    levelling: Levelling
    speakers: tuple[SpeakerLevel, ...]
    before_curve: Curve
    after_curve: Curve
    limiter_curve: Curve
    notices: tuple[str, ...] = ()
    others: tuple[Encoded, ...] = ()  # the further formats
