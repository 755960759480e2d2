"""Addresses that lead out of their folder are refused wherever they are read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import addresses
from pipeline.build.engine import Build
from pipeline.build.files import sha256_of
from pipeline.build.manifest import Manifest
from pipeline.build.step import Step
from pipeline.values.checked import FileName, TargetAddress
from pipeline.values.fields import Check
from pipeline.values.json_files import from_json, to_json
from pipeline.values.published import AlternateEnclosure, Enclosure, Release

OUTSIDE = (
    *(
        "../x",
        "a/../x",
        "a/..",
        "..",
        "/x",
        "//x",
        "\\x",
        "a\\..\\x",
        "C:x",
        "c:/x",
        "a\0",
        "a\nb",
        "a\x85b",
        "a\ud800",
    ),
    *("", ".", "./x", "a//x", "a/"),
)
RELEASE = Release(
    guid="a",
    enclosure=Enclosure(path="audio/1.mp3", media_type="audio/mpeg", size_bytes=1, duration_s=1.0, sha256="ab"),
    published=datetime(2026, 1, 1, tzinfo=UTC),
    slug="a",
    number=1,
    season=None,
    episode_type="full",
    title="A",
)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_that_leads_elsewhere_is_recognised(address: str) -> None:
    assert not addresses.is_inside(address)


@pytest.mark.parametrize("address", ["feed.xml", "audio/007-x.v2.mp3", "folgen/007-x/kapitel/Über uns.jpg", "a/..b/c."])
def test_our_own_addresses_lead_inside(address: str) -> None:
    assert addresses.is_inside(address)


@pytest.mark.parametrize("path", [*(each for each in OUTSIDE if each != "a\ud800"), "file:///x", "ftp://x/y"])
def test_a_release_with_audio_elsewhere_on_this_machine_cannot_be_read(path: str) -> None:
    text = to_json(RELEASE)
    assert from_json(Release, text) == RELEASE
    with pytest.raises(ValueError, match="not a Release"):
        from_json(Release, text.replace('"audio/1.mp3"', json.dumps(path)))
    alternate = json.dumps([{"path": path, "media_type": "audio/mp4", "size_bytes": 1, "sha256": "ab"}])
    with pytest.raises(ValueError, match="not a Release"):
        from_json(Release, text.replace('"alternates": []', f'"alternates": {alternate}'))


def test_audio_on_another_server_and_in_another_format_can_be_read() -> None:
    elsewhere = replace(RELEASE.enclosure, path="https://cdn.beispiel.de/a/../1.mp3?x=1")
    other = AlternateEnclosure(path="audio/1.m4a", media_type="audio/mp4", size_bytes=1, sha256="ab")
    for enclosure in (elsewhere, replace(RELEASE.enclosure, alternates=(other,))):
        assert from_json(Enclosure, to_json(enclosure)) == enclosure


@pytest.mark.parametrize("absolute", [True, False])
def test_a_forged_manifest_removes_nothing_outside_the_show(tmp_path: Path, absolute: bool) -> None:
    """A step that the plan has no more: its outputs are removed if they are as it wrote them."""
    root, letter = tmp_path / "show", tmp_path / "privat/brief.html"
    for path in (letter, root / "alt.txt"):
        path.parent.mkdir()
        path.write_text("meins", encoding="utf-8")
    work = root / "work"
    outputs = {name: sha256_of(letter) for name in ("alt.txt", str(letter) if absolute else "../privat/brief.html")}
    record = {"fingerprint": "", "settings": {}, "inputs": {}, "outputs": outputs, "keep": False, "seconds": 0.0}
    work.mkdir()
    text = json.dumps({"version": 1, "steps": {"feed:alt": record}, "told": {}, "hashes": {}})
    (work / "manifest.json").write_text(text, encoding="utf-8")
    manifest = Manifest.load(work / "manifest.json", root=root)
    assert manifest.steps
    step = Step(
        name="feed:neu", inputs=(), outputs=(root / "neu.txt",), run=lambda context: context[root / "neu.txt"].touch()
    )
    Build([step], root=root, work=work, manifest=manifest).run(lambda _: None)
    assert not (root / "alt.txt").exists()
    assert letter.exists()


def test_names_of_files_in_toml_stay_in_their_folder() -> None:
    check = _check(FileName)
    for name in ("../x", "a/../x", "a\\..\\x", "/x", "C:\\x", "", "a\0b", "a\nb"):
        with pytest.raises(ValueError, match="innerhalb des Ordners"):
            check.function(name)
    assert check.function("bilder\\Über uns.jpg") == "bilder/Über uns.jpg"
    assert check.function("./raw.wav") == "./raw.wav"


@pytest.mark.parametrize(
    "target",
    [
        *("sftp://ich:geheim@server/x", "webdav://server/x?password=geheim", "sftp://server/x#geheim"),
        *("ftp://server/x;password=geheim", "simplecache::sftp://ich:geheim@server/x", "sftp:/ich:geheim@server/x"),
        *("ich:geheim@server:/x", "ich@server:/x", "C:x", "sftp://server:99999/x", "sftp://[server/x"),
        *("sftp://server/a/../x", "sftp://server/a/%2e%2e/x", "sftp://server/a%00", "memory://speicher/../x"),
    ],
)
def test_a_target_with_credentials_or_a_way_out_is_refused_without_being_repeated(target: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]") as refused:
        _check(TargetAddress).function(target)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("target", ["../web", "/srv/www", "C:\\web", "C:/web", "s3://speicher"])
def test_a_folder_or_storage_is_a_target(target: str) -> None:
    assert _check(TargetAddress).function(target) == target


def _check(kind: object) -> Check:
    mark: Check = kind.__metadata__[0]  # type: ignore[attr-defined]  # of an Annotated
    return mark
