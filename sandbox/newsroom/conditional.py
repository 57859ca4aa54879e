"""Conditional requests and content coding by RFC 9110, as pure functions."""

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

ANY_TAG = "*"
"""What If-None-Match says for "any current representation" (RFC 9110, 13.1.2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Representation:
    """The bytes that one request would get, and what tells them from other versions.

    Attributes:
        body: As sent, after coding.
        etag: The opaque tag without quotes; strong, so each content coding has its own
            (RFC 9110, 8.8.3.3).
        last_modified: When the document last changed, whole seconds.
        coding: `gzip`, or None for none.
    """

    body: bytes
    etag: str
    last_modified: datetime
    coding: str | None = None


def represent(document: bytes, *, last_modified: datetime, gzipped: bool) -> Representation:
    """The document as it is sent, compressed if asked for; the same input gives the same bytes."""
    digest = hashlib.sha256(document).hexdigest()[:32]
    moment = last_modified.replace(microsecond=0)
    if not gzipped:
        return Representation(body=document, etag=digest, last_modified=moment)
    return Representation(
        body=gzip.compress(document, mtime=0),
        etag=f"{digest}-gzip",
        last_modified=moment,
        coding="gzip",
    )


def is_not_modified(
    current: Representation, *, tags: Sequence[str] | None, since: datetime | None
) -> bool:
    """Whether a GET is answered with 304 (RFC 9110, 13.2.2).

    Args:
        current: What a 200 would send.
        tags: The opaque tags of If-None-Match; None when the field is absent. Compared weakly.
        since: If-Modified-Since; None when absent or no date. Heeded only without If-None-Match.
    """
    if tags is not None:
        return any(tag in (ANY_TAG, current.etag) for tag in tags)
    return since is not None and current.last_modified <= since


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the Accept-Encoding value lets us send gzip (RFC 9110, 12.5.3).

    Named `gzip` decides, else `*`; a weight of 0 forbids. An empty value accepts no coding.
    """
    weights: dict[str, str] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = weight.replace(" ", "").removeprefix("q=") or "1"
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != ""
