"""What only a feed names is asked on the public internet, never on this machine or in a private network."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import requests
from feed_server import FeedServer, feed_server, redirect
from import_samples import feed, folders, item, podcast

from pipeline.feed_import.public_hosts import is_public, leads_inside, public_session


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
        ),
        *("192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::1"),
        *("", "localhost", "1.2.3"),
    ],
)
def test_an_address_of_this_machine_or_a_private_network_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:7f00:1]", "0"])
def test_no_spelling_of_this_machine_is_connected_to(host: str, server: FeedServer) -> None:
    url = f"http://{host}:{server.base.rpartition(':')[2]}/"
    assert leads_inside(url)
    with public_session("") as session, pytest.raises(requests.exceptions.RequestException):
        session.get(url, timeout=5)
    assert server.asked == []


def test_a_name_that_leads_elsewhere_when_it_is_looked_up_again_is_not_connected_to(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["93.184.215.14", "127.0.0.1"]

    def look_up(_host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    url = f"http://wechselt.example:{server.base.rpartition(':')[2]}/"
    assert not leads_inside(url)
    with public_session("") as session, pytest.raises(requests.exceptions.ConnectionError):
        session.get(url, timeout=5)
    assert answers == []
    assert server.asked == []


def test_the_server_that_people_named_may_be_in_the_house(server: FeedServer) -> None:
    server.give("/feed", b"da")
    with public_session(server.base + "/feed") as session:
        assert session.get(server.base + "/feed", timeout=5).content == b"da"


def with_addresses(base: str) -> bytes:
    enclosure = f'<enclosure url="{base}/ton.mp3" length="9" type="audio/mpeg"/>'
    return feed(item(enclosure=enclosure, more=f'<podcast:chapters url="{base}/kapitel.json"/>'))


@pytest.mark.parametrize("option", ["--audio", "--host", "--extras"])
def test_what_only_a_feed_names_on_this_machine_is_never_asked(option: str, root: Path, server: FeedServer) -> None:
    with feed_server() as other:
        server.give("/feed", with_addresses(other.base))
        ended = podcast(root, "import-feed", server.base + "/feed", option)
        assert other.asked == []
    assert "in einem privaten Netz" in ended.stdout + ended.stderr
    assert len(folders(root)) == 1


@pytest.mark.parametrize("option", ["--audio", "--extras"])
def test_a_feed_from_a_file_names_nothing_on_this_machine(option: str, root: Path, server: FeedServer) -> None:
    file = root / "feed.xml"
    file.write_bytes(with_addresses(server.base))
    ended = podcast(root, "import-feed", str(file), option)
    assert server.asked == []
    assert "in einem privaten Netz" in ended.stdout + ended.stderr


def test_no_redirect_of_audio_leads_to_another_server_of_this_machine(root: Path, server: FeedServer) -> None:
    with feed_server() as other:
        server.give("/feed", with_addresses(server.base))
        server.answers["/ton.mp3"] = redirect(other.base + "/ton.mp3")
        ended = podcast(root, "import-feed", server.base + "/feed", "--audio")
        assert other.asked == []
    assert "/ton.mp3" in server.paths
    assert "in einem privaten Netz" in ended.stderr
