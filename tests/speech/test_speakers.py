from __future__ import annotations

from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from conversations import errors, made_up, people, synthetic
from speech_samples import RATE_HZ, REAL, SENTENCES, Conversation, conversation, real_voice, silence, write_wav

from pipeline.errors import ModelError
from pipeline.media.pcm import read_mono_16k
from pipeline.speech.activity import Stretch
from pipeline.speech.clustering import group_voices, in_sequence
from pipeline.speech.filterbank import BANDS, HOP_S, filterbank
from pipeline.speech.linkage import linked_groups
from pipeline.speech.nearest import nearest_groups
from pipeline.speech.speakers import dispute, find_speakers, in_order_of_appearance, shares, windows_of
from pipeline.speech.voices import NUMBERS, checked, voice_prints
from pipeline.values.audio import Source, Timeline
from pipeline.values.progress import Notice, Progress, no_listener
from pipeline.values.speech import SpeakerMap, SpeakerSpan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speech_samples import Samples, Say


def stretch(start_s: float, end_s: float) -> Stretch:
    return Stretch(start_s=start_s, end_s=end_s)


def source(file: Path, samples: Samples, speaker: int | None = None, offset_s: float = 0.0) -> Source:
    return Source(
        file=write_wav(file, samples).name,
        sha256="",
        duration_s=len(samples) / RATE_HZ,
        sample_rate_hz=RATE_HZ,
        channels=1,
        offset_s=offset_s,
        speaker=speaker,
    )


def heard_in(folder: Path, samples: Samples, count: int) -> SpeakerMap:
    timeline = Timeline(sources=(source(folder / "raw.wav", samples),), duration_s=len(samples) / RATE_HZ)
    return find_speakers(timeline, folder, count, listener=no_listener)


def confusion(talk: Conversation, found: SpeakerMap) -> float:
    """The share of the truth's speech, in steps of 10 ms, that is given to a wrong speaker or to nobody; the numbers of
    a clustering have no meaning in themselves, so the best naming counts."""
    steps = round(len(talk.samples) / RATE_HZ * 100)
    truth, answer = np.full(steps, -1), np.full(steps, -1)
    for start_s, end_s, speaker in talk.turns:
        truth[round(start_s * 100) : round(end_s * 100)] = speaker
    for span in found.spans:
        answer[round(span.start_s * 100) : round(span.end_s * 100)] = span.speaker
    spoken = truth >= 0
    names = permutations(range(found.count)) if found.method == "clustering" else [tuple(range(found.count))]
    wrong = [np.mean(np.append(np.array(name), -1)[answer[spoken]] != truth[spoken]) for name in names]
    return float(min(wrong))


def assert_well_formed(found: SpeakerMap, duration_s: float) -> None:
    assert all(span.start_s < span.end_s <= duration_s + 0.05 for span in found.spans)
    assert all(earlier.end_s <= later.start_s for earlier, later in pairwise(found.spans))
    assert all(0 <= span.confidence <= 1 for span in found.spans)


# --- voices ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def interview(say: Say) -> Conversation:
    """A moderator and two guests, synthetic voices."""
    order = [0, 1, 0, 2, 1, 0, 2, 1, 2]
    voices = ("m8", "f4", "rob")
    turns = [(who, say(SENTENCES[i % 4], voices[who], 150 + 10 * who)) for i, who in enumerate(order)]
    return conversation(turns, pause_s=0.7)


def test_voices_in_one_recording_are_told_apart(interview: Conversation, tmp_path: Path) -> None:
    found = heard_in(tmp_path, interview.samples, 3)
    assert found.method == "clustering"
    assert_well_formed(found, len(interview.samples) / RATE_HZ)
    assert confusion(interview, found) <= 0.1
    assert list(dict.fromkeys(span.speaker for span in found.spans)) == [0, 1, 2]


def test_the_same_recording_gives_the_same_spans(interview: Conversation, tmp_path: Path) -> None:
    assert heard_in(tmp_path, interview.samples, 2) == heard_in(tmp_path, interview.samples, 2)


def test_real_voices_are_told_apart(tmp_path: Path) -> None:
    names = ["thorsten/sample03-gt.wav", "picovoice/leopard_test_de.wav", "picovoice/cheetah_test_de_norm.wav"]
    other = real_voice("thorsten/sample01-gt.wav")
    voices = [real_voice(name) for name in names]
    turns = [(0, voices[0]), (1, voices[1]), (0, other), (2, voices[2]), (1, voices[1][20_000:]), (0, voices[0])]
    talk = conversation(turns, pause_s=0.4)
    found = heard_in(tmp_path, talk.samples, 3)
    assert confusion(talk, found) <= 0.1


def test_a_voice_that_is_rarely_heard_is_not_lost(tmp_path: Path) -> None:
    much = [real_voice(f"thorsten/sample0{number}-gt.wav") for number in (1, 3, 4)]
    turns = [(0, much[number % 3]) for number in range(12)]
    turns.insert(7, (1, real_voice("picovoice/cheetah_test_de_norm.wav")))
    talk = conversation(turns, pause_s=0.4)
    assert confusion(talk, heard_in(tmp_path, talk.samples, 2)) <= 0.05


def test_one_speaker_gets_everything_and_is_not_doubted(tmp_path: Path, say: Say) -> None:
    talk = conversation([(0, say(sentence)) for sentence in 3 * SENTENCES], pause_s=0.5)
    found = heard_in(tmp_path, talk.samples, 1)
    duration_s = len(talk.samples) / RATE_HZ
    assert found == SpeakerMap(method="single", count=1, spans=(SpeakerSpan(start_s=0.0, end_s=duration_s, speaker=0),))
    assert heard_in(tmp_path, silence(3), 1).notices == ()


def test_two_voices_with_one_given_are_reported_and_not_split(tmp_path: Path, say: Say) -> None:
    turns = [(number % 2, say(SENTENCES[number % 4], ("m8", "f4")[number % 2])) for number in range(10)]
    found = heard_in(tmp_path, conversation(turns, pause_s=0.5).samples, 1)
    assert [span.speaker for span in found.spans] == [0]
    (notice,) = found.notices
    assert notice.startswith("Es scheint mehr als eine Stimme zu sein; eine weitere ist bei 00:0")


def test_silence_has_no_speakers_and_says_so(tmp_path: Path) -> None:
    events: list[Notice | Progress] = []
    timeline = Timeline(sources=(source(tmp_path / "raw.wav", silence(3)),), duration_s=3.0)
    found = find_speakers(timeline, tmp_path, 2, listener=events.append)
    assert found.spans == ()
    assert any(isinstance(one, Notice) and "niemand" in one.text for one in events)


def test_a_single_word_cannot_be_two_speakers(tmp_path: Path, say: Say) -> None:
    events: list[Notice | Progress] = []
    samples = np.concatenate([silence(0.5), say("Genau."), silence(0.5)])
    timeline = Timeline(sources=(source(tmp_path / "raw.wav", samples),), duration_s=len(samples) / RATE_HZ)
    found = find_speakers(timeline, tmp_path, 2, listener=events.append)
    assert {span.speaker for span in found.spans} == {0}
    assert any(isinstance(one, Notice) and "zu wenig Sprache" in one.text for one in events)
    shares_done = [one.done_s for one in events if isinstance(one, Progress)]
    assert shares_done == sorted(shares_done)
    assert shares_done[-1] == timeline.duration_s


def test_prints_of_one_person_are_closer_than_those_of_two() -> None:
    names = ["thorsten/sample01-gt.wav", "thorsten/sample03-gt.wav", "picovoice/leopard_test_de.wav"]
    voices = [real_voice(name) for name in names]
    prints = [voice_prints(filterbank([voice]), [stretch(0.3, 1.9)])[0] for voice in voices]
    assert np.linalg.norm(prints, axis=1) == pytest.approx(1, abs=1e-4)
    assert prints[0] @ prints[1] > prints[0] @ prints[2] + 0.1


def test_a_print_does_not_depend_on_the_microphone_level(say: Say) -> None:
    samples = say(SENTENCES[1])
    loud, soft = (voice_prints(filterbank([level * samples]), [stretch(0.2, 1.8)])[0] for level in (1.0, 0.05))
    assert loud @ soft == pytest.approx(1, abs=1e-4)


def test_the_filterbank_does_not_depend_on_the_blocks() -> None:
    samples = np.random.default_rng(3).standard_normal(20_000).astype(np.float32)
    whole = filterbank([samples])
    assert whole.shape == (1 + (20_000 - 400) // 160, BANDS)
    for parts in (7, 400):
        assert filterbank(np.array_split(samples, parts)) == pytest.approx(whole, abs=1e-4)
    assert filterbank([samples[:399]]).shape == (0, BANDS)


@pytest.mark.parametrize(("hertz", "band"), [(250, 8), (1000, 27), (4000, 60)])
def test_a_tone_lies_in_its_mel_band(hertz: int, band: int) -> None:
    """The middles of the bands lie every 34.7 mel of Kaldi's scale above 31.7 (20 Hz); 1 kHz is 1000 mel."""
    tone = np.sin(2 * np.pi * hertz * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    assert filterbank([tone])[round(0.5 / HOP_S)].argmax() == band


def test_the_filterbank_matches_kaldi() -> None:
    """Numbers of kaldi-native-fbank 1.22.4 (80 bands from 20 Hz, no dither, edges snipped) for the same samples."""
    moments = np.arange(1200) / RATE_HZ
    samples = (0.3 * np.sin(2 * np.pi * 440 * moments) + 0.05 * np.sin(2 * np.pi * 3000 * moments) + 0.01).astype(
        np.float32
    )
    found = filterbank([samples])
    assert found.shape == (6, BANDS)
    kaldi = [-11.633436, -5.586850, -8.403105, -15.942385, 2.624511, -15.942385]
    assert np.maximum(found[2, [0, 10, 20, 40, 53, 79]], -15.942385) == pytest.approx(kaldi, abs=1e-3)


def test_a_print_matches_that_of_the_networks_authors() -> None:
    """Numbers of 3D-Speaker's own code with these weights, which no setting of ours may change."""
    steps = 0.1 * np.random.default_rng(7).standard_normal(2 * RATE_HZ).astype(np.float32)
    rumble = np.cumsum(steps).astype(np.float32)
    rumble -= np.convolve(rumble, np.ones(400) / 400, "same").astype(np.float32)
    found = voice_prints(filterbank([rumble]), [stretch(0.0, 1.5), stretch(0.3, 1.8)])
    assert found.shape == (2, NUMBERS)
    assert found[0, :5] == pytest.approx([-0.09370938, -0.03472872, 0.04581231, -0.095827, -0.05834848], abs=1e-4)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)


def heard_with_notices(folder: Path, samples: Samples, count: int) -> SpeakerMap:
    events: list[Notice | Progress] = []
    timeline = Timeline(sources=(source(folder / "raw.wav", samples),), duration_s=len(samples) / RATE_HZ)
    found = find_speakers(timeline, folder, count, listener=events.append)
    assert tuple(one.text for one in events if isinstance(one, Notice)) == found.notices
    return found


@pytest.fixture(scope="session")
def three_people() -> Conversation:
    said = people()
    if not said:
        pytest.skip("no recordings of people here")
    return made_up([said[name] for name in ("thorsten", "leopard", "english-2")], seconds=90, seed=3)


def test_a_voice_of_two_seconds_is_found(tmp_path: Path) -> None:
    """Three people, the first heard for 1.9 s of 20 (according to the publisher, see conversations.py)."""
    file = REAL / "picovoice/leopard_diarization_test_en.wav"
    if not file.is_file():
        pytest.skip("no recordings of people here")
    samples = read_mono_16k(file)
    turns = ((2.0, 3.9, 0), (6.3, 11.2, 1), (12.8, 14.0, 2), (14.2, 15.9, 2), (16.3, 18.3, 2), (18.7, 19.3, 2))
    talk = Conversation(samples=samples, turns=turns)
    assert errors(talk, heard_in(tmp_path, samples, 2).spans).rate <= 0.2  # the first voice joins the last
    found = heard_with_notices(tmp_path, samples, 3)
    assert errors(talk, found.spans).rate <= 0.02
    assert found.notices == ()


def test_the_right_number_of_people_is_not_doubted(three_people: Conversation, tmp_path: Path) -> None:
    found = heard_with_notices(tmp_path, three_people.samples, 3)
    assert found.notices == ()
    assert errors(three_people, found.spans).rate <= 0.05


def test_one_person_too_many_is_doubted_and_not_corrected(three_people: Conversation, tmp_path: Path) -> None:
    found = heard_with_notices(tmp_path, three_people.samples, 4)
    assert len(found.notices) == 1
    assert "Zwei der 4 Stimmen klingen fast gleich" in found.notices[0]
    assert {span.speaker for span in found.spans} == {0, 1, 2, 3}


def test_one_person_too_few_is_doubted_and_not_corrected(three_people: Conversation, tmp_path: Path) -> None:
    found = heard_with_notices(tmp_path, three_people.samples, 2)
    assert len(found.notices) == 1
    assert "mehr als 2 Stimmen" in found.notices[0]
    assert {span.speaker for span in found.spans} == {0, 1}


def test_a_synthetic_conversation_in_a_room_is_told_apart(tmp_path: Path) -> None:
    said = synthetic()
    talk = made_up([said[name] for name in ("m8", "f4", "rob")], seconds=90, seed=1, condition="room")
    assert errors(talk, heard_in(tmp_path, talk.samples, 3).spans).rate <= 0.05


def test_weights_that_are_not_those_of_the_wheel_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "pretrained.pt"
    other.write_bytes(b"something else")
    with pytest.raises(ModelError, match="Prüfsumme"):
        checked(other)


def test_missing_weights_are_reported_with_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="fehlt") as caught:
        checked(tmp_path / "campplus.pt")
    assert "make setup" in caught.value.advice


# --- windows and groups ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "windows"),
    [
        ((0, 1.0), [(0, 1.0)]),
        ((0, 1.5), [(0, 1.5)]),
        ((5, 7.25), [(5, 6.5), (5.75, 7.25)]),
        ((0, 2.7), [(0, 1.5), (0.75, 2.25), (1.2, 2.7)]),
    ],
)
def test_windows_cover_a_stretch(given: tuple[float, float], windows: list[tuple[float, float]]) -> None:
    found = windows_of(stretch(*given))
    assert [(window.start_s, window.end_s) for window in found] == [pytest.approx(pair) for pair in windows]


def test_shares_of_windows_leave_no_gap() -> None:
    whole = stretch(3.0, 9.7)
    parts = shares(whole, windows_of(whole))
    assert len(parts) == len(windows_of(whole))
    assert (parts[0].start_s, parts[-1].end_s) == (3.0, 9.7)
    assert all(earlier.end_s == later.start_s for earlier, later in pairwise(parts))


def test_speakers_are_numbered_as_they_appear() -> None:
    assert in_order_of_appearance([2, 2, 0, 2, 1]) == [0, 0, 1, 0, 2]


def prints_around(*angles: float) -> np.ndarray:
    return np.array([[np.cos(angle), np.sin(angle)] for angle in angles], dtype=np.float32)


def test_an_outlier_makes_no_group_of_its_own() -> None:
    one, other = np.linspace(0.0, 0.2, 20), np.linspace(0.8, 0.9, 6)
    voices = group_voices(prints_around(*one, *other, -1.2), np.ones(27, dtype=np.float32), 2)
    assert voices.count == 2
    assert len(set(voices.labels[:20])) == len(set(voices.labels[20:26])) == 1
    assert voices.labels[0] != voices.labels[20]


@pytest.mark.parametrize("groups", [linked_groups, nearest_groups])
def test_each_way_finds_groups_that_lie_apart(groups: Callable[..., np.ndarray]) -> None:
    found = groups(prints_around(*np.linspace(0, 0.1, 9), *np.linspace(0.8, 0.9, 9), *np.linspace(1.5, 1.6, 9)), 3)
    parts = [set(part.tolist()) for part in np.split(found, 3)]
    assert [len(part) for part in parts] == [1, 1, 1]
    assert len(set.union(*parts)) == 3


def test_prints_that_stray_make_no_voice() -> None:
    prints = prints_around(*np.linspace(0, 0.3, 40), *np.linspace(0.5, 0.8, 40), *[1.5] * 2)
    weights = np.ones(82, dtype=np.float32)
    voices = group_voices(prints, weights, 2)
    assert len(set(voices.labels[:40])) == len(set(voices.labels[40:80])) == 1
    assert voices.labels[0] != voices.labels[79]


def test_a_voice_that_speaks_a_lot_is_not_split_for_a_better_sum() -> None:
    """k-means alone does: each of the many lies a little closer to the mean of its half."""
    many = np.pad(prints_around(*np.linspace(-0.55, 0.55, 400)), ((0, 0), (0, 1)))
    prints, weights = np.vstack([many, np.tile(np.float32([0, 0, 1]), (8, 1))]), np.ones(408, dtype=np.float32)
    alone = group_voices(prints, weights, 2, ways=(nearest_groups,))
    assert len(set(alone.labels[:400])) == 2
    voices = group_voices(prints, weights, 2)
    assert len(set(voices.labels[:400])) == 1
    assert set(voices.labels[400:]) != set(voices.labels[:400])


def test_a_change_of_voice_has_a_cost() -> None:
    scores = np.array([[1, 0.9], [0.94, 0.95], [1, 0.9], [0.5, 0.9], [0.5, 0.9]], dtype=np.float32)
    assert in_sequence(scores, switch=0.0).tolist() == [0, 1, 0, 1, 1]
    assert in_sequence(scores, switch=0.02).tolist() == [0, 0, 0, 1, 1]
    assert in_sequence(scores, switch=9.0).tolist() in ([0] * 5, [1] * 5)


def test_the_error_rate_has_three_parts_and_a_collar() -> None:
    talk = Conversation(samples=np.zeros(10 * RATE_HZ, np.float32), turns=((1.0, 4.0, 0), (5.0, 8.0, 1)))

    def of(*spans: tuple[float, float, int]) -> tuple[float, float, float, float]:
        found = [SpeakerSpan(start_s=start_s, end_s=end_s, speaker=who) for start_s, end_s, who in spans]
        parts = errors(talk, found)
        return parts.speech_s, parts.missed_s, parts.false_alarm_s, parts.confused_s

    assert of((1.2, 4.2, 1), (4.9, 7.8, 0)) == pytest.approx((5.0, 0, 0, 0))
    assert of((1.0, 4.0, 0)) == pytest.approx((5.0, 2.5, 0, 0))
    assert of((1.0, 4.0, 0), (5.0, 8.0, 1), (9.0, 9.5, 1)) == pytest.approx((5.0, 0, 0.5, 0))
    assert of((1.0, 4.0, 0), (5.0, 7.0, 1), (7.0, 8.0, 0)) == pytest.approx((5.0, 0, 0, 0.75))


def test_short_windows_join_groups_and_make_none() -> None:
    prints = prints_around(*np.linspace(0, 0.1, 10), *np.linspace(0.5, 0.6, 10), 0.58, 1.4, 1.4, 1.4, 1.4)
    weights = np.array([1.0] * 20 + [0.3] * 5, dtype=np.float32)
    voices = group_voices(prints, weights, 2)
    assert set(voices.labels[:10]) != set(voices.labels[10:20])
    assert set(voices.labels[20:]) == set(voices.labels[10:20])


def test_confidence_falls_where_two_voices_are_near() -> None:
    prints = prints_around(*[0.0] * 5, *[1.0] * 5, 0.5)
    weights = np.array([1.0] * 10 + [0.3], dtype=np.float32)
    voices = group_voices(prints, weights, 2)
    assert voices.confidences[:10] == pytest.approx(1, abs=1e-3)
    assert voices.confidences[10] == pytest.approx(0, abs=0.05)


def test_prints_on_which_good_proposals_disagree_are_unsure_and_many_are_reported() -> None:
    def with_middle(voice: int) -> Callable[..., np.ndarray]:
        """A way that gives the prints in the middle to `voice`."""
        return lambda prints, count: np.repeat([0, voice, 1], [20, 20, 20])

    prints = prints_around(*[0.0] * 20, *np.linspace(0.48, 0.52, 20), *[1.0] * 20)
    weights = np.ones(60, dtype=np.float32)
    agreed = group_voices(prints, weights, 2, ways=(with_middle(0), with_middle(0)))
    assert agreed.confidences.min() >= 0.5
    assert (agreed.disputed, dispute(agreed)) == (0, "")
    disputed = group_voices(prints, weights, 2, ways=(with_middle(0), with_middle(1)))
    assert np.array_equal(disputed.labels, agreed.labels)
    assert (disputed.confidences < 0.5).tolist() == [False] * 20 + [True] * 20 + [False] * 20
    assert disputed.disputed == pytest.approx(1 / 3)
    assert "33 % der Sprache" in dispute(disputed)


def test_a_print_far_from_every_other_voice_is_sure_even_if_a_proposal_disagrees() -> None:
    """Two pairs of similar voices, and three groups: one way joins the first pair, the other one the second."""
    pairs = np.float32([[1, 0, 0, 0], [0.6, 0.8, 0, 0], [0, 0, 1, 0], [0, 0, 0.6, 0.8]])
    ways = [lambda prints, count, groups=groups: np.repeat(groups, 10) for groups in ([0, 0, 1, 2], [0, 1, 2, 2])]
    voices = group_voices(np.repeat(pairs, 10, axis=0), np.ones(40, dtype=np.float32), 3, ways=ways)
    assert voices.disputed == pytest.approx(0.5)
    assert voices.confidences.min() >= 0.5


@pytest.mark.parametrize(("prints", "count"), [(1, 1), (2, 2), (3, 2), (7000, 2)])
def test_few_and_many_prints_are_grouped(prints: int, count: int) -> None:
    angles = [0.01 * (i % 5) + (i % 2) for i in range(prints)]
    voices = group_voices(prints_around(*angles), np.ones(prints, dtype=np.float32), 2)
    assert voices.count == count
    assert [int(label != voices.labels[0]) for label in voices.labels] == [i % 2 for i in range(prints)]


# --- tracks ---------------------------------------------------------------------------------------------------------


def tracks_with_bleed(say: Say, bleed_db: float, soft_db: float = 0.0) -> tuple[Conversation, list[Samples]]:
    """A conversation and what the two microphones heard; the second one is `soft_db` softer."""
    order = [0, 1, 0, 1, 1, 0]
    talk = conversation([(who, say(SENTENCES[i % 4], ("m8", "f4")[who])) for i, who in enumerate(order)], pause_s=0.5)
    alone = [np.zeros_like(talk.samples) for _ in range(2)]
    for start_s, end_s, who in talk.turns:
        part = slice(round(start_s * RATE_HZ), round(end_s * RATE_HZ))
        alone[who][part] = talk.samples[part]
    chance = np.random.default_rng(4)
    bleed = np.float32(10 ** (bleed_db / 20))
    late = 80  # 5 ms through the room
    tracks = []
    for who, gain_db in ((0, 0.0), (1, -soft_db)):
        room = np.roll(alone[1 - who], late) * bleed
        noise = 1e-3 * chance.standard_normal(len(room)).astype(np.float32)
        tracks.append((alone[who] + room + noise) * np.float32(10 ** (gain_db / 20)))
    return talk, tracks


@pytest.mark.parametrize(("bleed_db", "soft_db"), [(-20, 0), (-12, 0), (-20, 8), (-20, 14)])
def test_one_track_per_speaker_survives_bleed_and_a_soft_microphone(
    say: Say, tmp_path: Path, bleed_db: float, soft_db: float
) -> None:
    talk, tracks = tracks_with_bleed(say, bleed_db, soft_db)
    timeline = Timeline(
        sources=tuple(source(tmp_path / f"{who}.wav", track, speaker=who) for who, track in enumerate(tracks)),
        duration_s=len(talk.samples) / RATE_HZ,
    )
    found = find_speakers(timeline, tmp_path, 2, listener=no_listener)
    assert found.method == "tracks"
    assert_well_formed(found, timeline.duration_s)
    assert confusion(talk, found) <= 0.1
    assert [span.speaker for span in found.spans][:3] == [0, 1, 0]


def test_a_track_that_starts_late_counts_from_its_offset(say: Say, tmp_path: Path) -> None:
    """The second track belongs to the episode's third speaker and begins five seconds into the episode."""
    one, other = say(SENTENCES[2]), say(SENTENCES[3], "f4")
    sources = (
        source(tmp_path / "one.wav", np.concatenate([silence(1), one, silence(6)]), speaker=0),
        source(tmp_path / "other.wav", np.concatenate([silence(0.5), other, silence(0.5)]), speaker=2, offset_s=5.0),
        source(tmp_path / "room.wav", silence(8)),
    )
    found = find_speakers(Timeline(sources=sources, duration_s=9.5), tmp_path, 3, listener=no_listener)
    assert [span.speaker for span in found.spans] == [0, 2]
    assert found.spans[0].start_s == pytest.approx(1.0, abs=0.2)
    assert found.spans[1].start_s == pytest.approx(5.5, abs=0.2)


def test_confidence_is_low_if_two_tracks_are_equally_loud(say: Say, tmp_path: Path) -> None:
    same = np.concatenate([silence(0.5), say(SENTENCES[1]), silence(0.5)])
    sources = tuple(source(tmp_path / f"{who}.wav", same, speaker=who) for who in range(2))
    found = find_speakers(Timeline(sources=sources, duration_s=len(same) / RATE_HZ), tmp_path, 2, listener=no_listener)
    assert all(span.confidence < 0.1 for span in found.spans)
