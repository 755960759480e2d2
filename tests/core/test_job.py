"""What a worker reports, and how many cores it uses."""

from __future__ import annotations

import os
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import MissingFileError
from pipeline.workers.job import EpisodeEnded, Job, do, share_cpus


@pytest.mark.parametrize(("neighbours", "cores", "each"), [(1, 8, "8"), (2, 8, "4"), (3, 8, "2"), (4, 2, "1")])
def test_workers_share_the_cores_of_their_machine(
    monkeypatch: pytest.MonkeyPatch, neighbours: int, cores: int, each: str
) -> None:
    monkeypatch.setenv("PODCAST_CPUS", "")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    share_cpus(neighbours, of=cores)
    assert os.environ["PODCAST_CPUS"] == os.environ["OMP_NUM_THREADS"] == each
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    share_cpus(neighbours, of=cores)
    assert os.environ["OMP_NUM_THREADS"] == "1"  # already set, so it is kept


def test_an_error_that_people_can_fix_is_returned_as_a_result_that_can_be_pickled(tmp_path: Path) -> None:
    ended = do(Job(root=tmp_path, folder="001-x", now=datetime.now(UTC)), lambda _: None)
    there: EpisodeEnded = pickle.loads(pickle.dumps(ended))
    assert isinstance(there.error, MissingFileError)
    assert (there.folder, str(there.error)) == ("001-x", str(ended.error))
