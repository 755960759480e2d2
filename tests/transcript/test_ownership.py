"""The draft never replaces a file that belongs to people."""

from __future__ import annotations

import unicodedata

import pytest

from pipeline.transcript.ownership import Decision, adopt

OLD = "Ada Moderatorin:\nGuten Tag und schöne Grüße.\n"
NEW = "Ada Moderatorin:\nGuten Tag und viele Grüße.\n"


def test_a_draft_is_written_if_there_is_no_file():
    assert adopt(None, None, NEW) is Decision.WRITE
    assert adopt(None, OLD, NEW) is Decision.WRITE


def test_an_untouched_draft_is_replaced_by_the_next_one():
    assert adopt(OLD, OLD, NEW) is Decision.WRITE


def test_an_edited_transcript_is_never_overwritten():
    assert adopt(OLD.replace("Tag", "Abend"), OLD, NEW) is Decision.KEEP


def test_a_transcript_of_unknown_origin_is_never_overwritten():
    assert adopt(OLD, None, NEW) is Decision.KEEP


def test_a_file_that_somebody_emptied_is_never_overwritten():
    assert adopt("", OLD, NEW) is Decision.KEEP


def test_the_empty_draft_of_a_silent_recording_is_replaced():
    assert adopt("", "", NEW) is Decision.WRITE


def test_a_draft_equal_to_the_file_changes_nothing():
    assert adopt(NEW, OLD, NEW) is Decision.UNCHANGED
    assert adopt(NEW, None, NEW) is Decision.UNCHANGED


@pytest.mark.parametrize(
    "saved",
    [
        OLD.replace("\n", "\r\n"),
        OLD.replace("\n", "\r"),
        "\ufeff" + OLD,
        unicodedata.normalize("NFD", OLD),
    ],
)
def test_merely_saving_a_draft_on_another_system_is_not_an_edit(saved):
    assert adopt(saved, OLD, NEW) is Decision.WRITE


@pytest.mark.parametrize("change", ["{} ", "{}\n", " {}", "{}."])
def test_every_other_change_however_small_is_an_edit(change):
    assert adopt(change.format(OLD), OLD, NEW) is Decision.KEEP
