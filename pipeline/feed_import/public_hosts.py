"""Which servers may be asked at an address that people did not name: those of the public internet.

A foreign feed may name `http://127.0.0.1:8000/` or a router in the house. What is asked there could do something, so
the addresses behind a name are looked at before the connection is made, and the connection is made to just these.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

if TYPE_CHECKING:
    from typing import Any

NOT_PUBLIC = "Der Server liegt auf diesem Rechner oder in einem privaten Netz."
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class NotPublicError(OSError):
    """A name that leads only to this machine or to a private network."""

    def __init__(self) -> None:
        super().__init__(NOT_PUBLIC)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; those that carry another address are judged by it."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def public_ips(host: str, port: int) -> tuple[str, ...]:
    """The public IP addresses of `host`, in the system's order. Raises NotPublicError if it has only others, and
    socket.gaierror if it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    public = tuple(dict.fromkeys(str(entry[4][0]) for entry in found if is_public(str(entry[4][0]))))
    if not public:
        raise NotPublicError
    return public


def leads_inside(url: str) -> bool:
    """Whether the host of `url` is known here to be this machine or one of a private network. A name that only a proxy
    can look up is not."""
    parts = urlsplit(url)
    try:
        public_ips(parts.hostname or "", parts.port or 80)
    except NotPublicError:
        return True
    except (OSError, UnicodeError):
        return False
    return False


def public_session(named: str) -> requests.Session:
    """A session that connects only to public addresses, and to the server of `named` ("" for none), wherever it is. A
    proxy that is set up on this machine is asked as usual."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _PublicAdapter())
    parts = urlsplit(named)
    if parts.hostname:
        session.mount(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/", HTTPAdapter())
    return session


class _PublicConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        try:
            for ip in public_ips(name, self.port or self.default_port):
                self._dns_host = ip  # so that nobody can answer differently when the name is looked up again
                try:
                    return super()._new_conn()
                except NewConnectionError as error:
                    failed = error
            raise failed
        except socket.gaierror as error:
            raise NewConnectionError(self, str(error)) from error
        finally:
            self._dns_host = name


class _PublicTlsConnection(HTTPSConnection, _PublicConnection):
    """urllib3 connects as above, and compares the certificate with the name."""


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTlsConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicPool, "https": _PublicTlsPool}
