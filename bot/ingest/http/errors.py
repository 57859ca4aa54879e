"""Failures of a fetch as sentences for the admin: what happened and, where possible, what to do."""

import contextlib
import re
import ssl
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpcore
import httpx

from bot.domain.errors import FetchError
from bot.ingest.http.bot_challenge import (
    challenge_in_headers,
    challenge_in_page,
    challenge_sentence,
)
from bot.ingest.http.response import BrokenEncodingError, TooLargeError, parse_retry_after
from bot.ingest.http.ssrf import BlockedError, UnresolvedError

# The kind of failure in which the host was not asked, because it throttles us.
THROTTLED: Final = "throttled"
# What a fetch may raise when the other side, the network or the address is at fault.
EXPECTED: Final = (
    BlockedError,
    UnresolvedError,
    TooLargeError,
    BrokenEncodingError,
    TimeoutError,
    ssl.SSLError,
    OSError,
    httpx.InvalidURL,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)

_STATUS: Final = {
    400: "the server does not understand the request (400); check the address",
    401: "the site wants a login (401); look for a feed that is open to all",
    402: "the site wants payment (402); look for a feed that is open to all",
    403: "the site refuses us (403); ask the publisher to let feed readers in, or look for "
    "another feed of the site",
    404: "there is nothing at this address (404); look for the feed's new address",
    406: "the server has no form of it that we read (406); look for the RSS or Atom address",
    410: "the feed is permanently gone (410); remove it or look for its successor",
    421: "the server does not answer for this host (421); check the address",
    429: "the server asks us to come less often (429); a longer interval helps",
    451: "the feed is withheld for legal reasons (451)",
}


def status_error(
    status: int, headers: Mapping[str, str], *, url: str, now: datetime, page: bytes
) -> FetchError:
    """The failure for a status that is neither a document nor "not modified".

    `page` is the body that came with it, empty when that was not read.
    """
    guard = challenge_in_headers(status, headers) or challenge_in_page(page)
    usual = _STATUS.get(status) or _status_class(status)
    return FetchError(
        challenge_sentence(guard, status) if guard else usual,
        url=url,
        kind="bot_challenge" if guard else "status",
        status=status,
        retry_after=parse_retry_after(
            headers.get("retry-after"), now=now, date=headers.get("date")
        ),
    )


def _status_class(status: int) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"the server is in trouble ({status}); it will be asked again later"
    if status >= HTTPStatus.BAD_REQUEST:
        return f"the server refuses ({status}); check the address"
    return f"the server answered with nothing to read ({status}); check the address"


def failure_of(error: Exception, *, url: str, at: str, seconds: float) -> FetchError:
    """One of the `EXPECTED` errors as a failure of the feed at `url`.

    `at` is where redirects had led by then, `seconds` the time limit.
    """
    kind, sentence = _name(error, seconds)
    if at != url and kind != "redirects":
        with contextlib.suppress(ValueError):
            sentence = f"{sentence} (sent on to {urlsplit(at).hostname or 'nowhere'})"
    return FetchError(sentence, url=url, kind=kind)


# Error classes, the narrower first, with the kind and the sentence.
_KINDS: Final[tuple[tuple[tuple[type[Exception], ...], str, str], ...]] = (
    ((BlockedError,), "blocked",
     "the address {error}; only public addresses and BRIEFING_ALLOW_NETWORKS are read"),
    ((UnresolvedError,), "dns", "{error}; check the spelling of the address"),
    ((TooLargeError,), "too_large",
     "the document is larger than is read; look for a smaller feed"),
    ((BrokenEncodingError,), "encoding", "{error}; tell the publisher"),
    ((httpcore.ConnectTimeout,), "timeout",
     "the server cannot be reached in time; it may be down or shut us out"),
    ((httpcore.ReadTimeout,), "timeout", "the server stopped answering; it may be overloaded"),
    ((TimeoutError, httpcore.TimeoutException), "timeout",
     "the server took longer than {seconds:g} s; it may be overloaded"),
    ((httpcore.UnsupportedProtocol, httpx.InvalidURL), "scheme",
     "this is no http or https address; check it"),
    ((httpcore.ProtocolError,), "protocol",
     "the server does not speak proper HTTP; check the address"),
    ((Exception,), "refused", "no connection could be made or kept; the server may be down"),
)  # fmt: skip
# What httpcore and h11 say of a server that hangs up, and what we say of it.
_BROKEN_OFF: Final = {
    "without sending complete message body": "the connection broke off before the end of the "
    "document; it will be asked again later",
    "without sending a response": "the server closed the connection without an answer; it will be "
    "asked again later",
}


def _name(error: Exception, seconds: float) -> tuple[str, str]:
    """The constant kind and the sentence."""
    if certificate := _certificate_problem(error):
        return "tls", certificate
    if isinstance(error, httpcore.RemoteProtocolError):
        for said, sentence in _BROKEN_OFF.items():
            if said in str(error):
                return "protocol", sentence
    kind, sentence = next((kind, text) for types, kind, text in _KINDS if isinstance(error, types))
    return kind, sentence.format(error=error, seconds=seconds)


def _certificate_problem(error: BaseException) -> str | None:
    """What is wrong with TLS, looked for along the chain of causes; None when nothing is."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            reason = re.sub(r"[^\w' .-]", " ", str(seen.verify_message))[:100].strip()
            return f"the certificate of the site is not valid ({reason}); tell the publisher"
        if isinstance(seen, ssl.SSLError):
            return "no secure connection could be made; tell the publisher"
        seen = seen.__cause__ or seen.__context__
    return None
