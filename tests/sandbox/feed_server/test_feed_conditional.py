"""Conditional requests and coding, by RFC 9110."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.feed_server.server import accepts_gzip, is_not_modified, represent

MOMENT = datetime(2018, 7, 27, 3, 40, 0, 500_000, tzinfo=UTC)


@given(document=st.binary(max_size=200))
def test_the_tag_follows_the_bytes_and_the_coding(document: bytes):
    one = represent(document, last_modified=MOMENT, gzipped=False)
    packed = represent(document, last_modified=MOMENT, gzipped=True)
    other = represent(document + b" ", last_modified=MOMENT, gzipped=False)
    assert gzip.decompress(packed.body) == one.body == document
    assert represent(document, last_modified=MOMENT, gzipped=True) == packed
    assert len({one.etag, packed.etag, other.etag}) == 3


@pytest.mark.parametrize(
    ("tags", "since_s", "expected"),
    [
        (None, None, False),
        (["{current}"], None, True),
        (["old", "{current}"], None, True),
        (["old"], None, False),
        (["*"], None, True),
        ([], 0, False),
        (["old"], 0, False),
        (None, 0, True),
        (None, 60, True),
        (None, -1, False),
    ],
)
def test_if_none_match_decides_before_if_modified_since(
    tags: list[str] | None, since_s: int | None, expected: bool
):
    current = represent(b"feed", last_modified=MOMENT, gzipped=False)
    named = None if tags is None else [tag.format(current=current.etag) for tag in tags]
    whole = MOMENT.replace(microsecond=0)
    since = None if since_s is None else whole + timedelta(seconds=since_s)
    assert is_not_modified(current, tags=named, since=since) is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", False),
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP ; q=0.8", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*", True),
        ("*;q=0", False),
        ("identity", False),
    ],
)
def test_gzip_is_sent_only_when_accepted(header: str, expected: bool):
    assert accepts_gzip(header) is expected
