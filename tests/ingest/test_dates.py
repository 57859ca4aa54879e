"""Dates of foreign documents, rule by rule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.dates import EARLIEST, SKEW, believable, parse_date
from tests.ingest.conftest import NOW

READ = {
    "rfc822": ("Tue, 12 Jun 2018 08:00:00 GMT", "2018-06-12T08:00"),
    "rfc822-offset": ("Tue, 12 Jun 2018 08:00:00 +0900", "2018-06-11T23:00"),
    "rfc822-offset-negative": ("Tue, 12 Jun 2018 20:00:00 -0430", "2018-06-13T00:30"),
    "rfc822-two-digit-year": ("12 Jun 18 08:00 GMT", "2018-06-12T08:00"),
    "rfc822-wrong-weekday": ("Sun, 12 Jun 2018 08:00:00 GMT", "2018-06-12T08:00"),
    "rfc822-no-weekday": ("12 Jun 2018 08:00:00 GMT", "2018-06-12T08:00"),
    "rfc822-no-seconds": ("Tue, 12 Jun 2018 08:00 GMT", "2018-06-12T08:00"),
    "rfc822-date-only": ("Tue, 12 Jun 2018", "2018-06-12T00:00"),
    "rfc822-full-names": ("Tuesday, 12 September 2018 08:00:00 GMT", "2018-09-12T08:00"),
    "rfc822-sept": ("Tue, 12 Sept 2018 08:00:00 GMT", "2018-09-12T08:00"),
    "rfc822-zone-in-brackets": ("Tue, 12 Jun 2018 08:00:00 +0000 (UTC)", "2018-06-12T08:00"),
    "rfc822-gmt-plus": ("Tue, 12 Jun 2018 08:00:00 GMT+0900", "2018-06-11T23:00"),
    "rfc850": ("Tuesday, 12-Jun-18 08:00:00 GMT", "2018-06-12T08:00"),
    "asctime": ("Tue Jun 12 08:00:00 2018", "2018-06-12T08:00"),
    "asctime-with-zone": ("Tue Jun 12 08:00:00 EDT 2018", "2018-06-12T12:00"),
    "month-first": ("June 12, 2018 08:00", "2018-06-12T08:00"),
    "iso": ("2018-06-12T08:00:00Z", "2018-06-12T08:00"),
    "iso-offset": ("2018-06-12T08:00:00+09:00", "2018-06-11T23:00"),
    "iso-offset-hours": ("2018-06-12T08:00:00+09", "2018-06-11T23:00"),
    "iso-fraction": ("2018-06-12T08:00:00.123456789Z", "2018-06-12T08:00"),
    "iso-blank": ("2018-06-12 08:00:00", "2018-06-12T08:00"),
    "iso-date": ("2018-06-12", "2018-06-12T00:00"),
    "iso-month": ("2018-06", "2018-06-01T00:00"),
    "iso-compact": ("20180612T080000Z", "2018-06-12T08:00"),
    "iso-24-hours": ("2018-06-12T24:00:00Z", "2018-06-13T00:00"),
    "iso-single-digits": ("2018-6-2T8:00:5Z", "2018-06-02T08:00:05"),
    "leap-second": ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
    "slashes-year-first": ("2026/3/2 08:00:00", "2026-03-02T08:00"),
    "slashes-day-told": ("25/12/2018", "2018-12-25T00:00"),
    "slashes-month-told": ("12/25/2018", "2018-12-25T00:00"),
    "slashes-equal": ("03/03/2018", "2018-03-03T00:00"),
    "dots": ("25.12.2018 08:00", "2018-12-25T08:00"),
    "seconds-since-1970": ("1528790400", "2018-06-12T08:00"),
    "zone-sgt": ("Tue, 12 Jun 2018 08:00:00 SGT", "2018-06-12T00:00"),
    "zone-kst": ("Tue, 12 Jun 2018 08:00:00 KST", "2018-06-11T23:00"),
    "zone-jst": ("Tue, 12 Jun 2018 08:00:00 JST", "2018-06-11T23:00"),
    "zone-ist": ("Tue, 12 Jun 2018 08:00:00 IST", "2018-06-12T02:30"),
    "zone-bst": ("Tue, 12 Jun 2018 08:00:00 BST", "2018-06-12T07:00"),
    "zone-cest": ("Tue, 12 Jun 2018 08:00:00 CEST", "2018-06-12T06:00"),
    "zone-est": ("Tue, 12 Jun 2018 08:00:00 EST", "2018-06-12T13:00"),
    "zone-small": ("Tue, 12 Jun 2018 08:00:00 pdt", "2018-06-12T15:00"),
    "zone-missing-is-utc": ("Tue, 12 Jun 2018 08:00:00", "2018-06-12T08:00"),
    "zone-unknown-is-utc": ("Tue, 12 Jun 2018 08:00:00 QQT", "2018-06-12T08:00"),
    "zone-impossible-is-utc": ("Tue, 12 Jun 2018 08:00:00 +9900", "2018-06-12T08:00"),
}
UNKNOWN = {
    "empty": "",
    "words": "yesterday afternoon",
    "day-or-month": "02/03/2026 08:00",
    "month-13": "2018-13-01",
    "day-31-of-june": "31 Jun 2018 08:00 GMT",
    "hour-25": "2018-06-12T25:00:00Z",
    "minute-61": "2018-06-12T08:61:00Z",
    "second-61": "2018-06-12T08:00:61Z",
    "month-of-no-language": "12 Xyz 2018 08:00 GMT",
    "year-0": "0000-00-00T00:00:00Z",
    "beyond-the-calendar": "9999-12-31T23:59:59-14:00",
    "digits-only": "12345",
    "very-long": "1" * 100_000,
    "text-after": "2018-06-12T08:00:00Z and so on",
}
NOT_BELIEVED = {
    "before-feeds": datetime(1989, 12, 31, tzinfo=UTC),
    "epoch-zero": datetime(1970, 1, 1, tzinfo=UTC),
    "year-1": datetime(1, 1, 1, tzinfo=UTC),
    "tomorrow": NOW + timedelta(days=1),
    "eleven-minutes-ahead": NOW + timedelta(minutes=11),
    "year-9999": datetime(9999, 12, 31, tzinfo=UTC),
}
SECURITY_TABLE = {
    "test_dates_are_read_with_their_zone": READ,
    "test_dates_that_cannot_be_told_are_unknown": UNKNOWN,
    "test_absurd_and_future_dates_are_not_believed": NOT_BELIEVED,
}


@pytest.mark.parametrize("case", READ)
def test_dates_are_read_with_their_zone(case):
    text, moment = READ[case]

    assert parse_date(text) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize("case", UNKNOWN)
def test_dates_that_cannot_be_told_are_unknown(case):
    assert parse_date(UNKNOWN[case]) is None


@pytest.mark.parametrize("case", NOT_BELIEVED)
def test_absurd_and_future_dates_are_not_believed(case):
    assert believable(NOT_BELIEVED[case], now=NOW) is None


def test_a_clock_that_goes_a_little_wrong_means_now():
    assert believable(NOW + SKEW, now=NOW) == NOW
    assert believable(NOW - SKEW, now=NOW) == NOW - SKEW
    assert believable(EARLIEST, now=NOW) == EARLIEST
    assert believable(None, now=NOW) is None


@given(
    st.datetimes(
        datetime(1990, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds
        datetime(2068, 12, 31),  # noqa: DTZ001
        timezones=st.just(UTC),
    ).map(lambda m: m.replace(microsecond=0)),
    st.integers(-14 * 60, 14 * 60),
)
def test_every_moment_survives_both_common_forms(moment, offset_minutes):
    sign, minutes = "-" if offset_minutes < 0 else "+", abs(offset_minutes)
    local = (moment + timedelta(minutes=offset_minutes)).replace(tzinfo=None)
    zone = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"

    assert parse_date(local.isoformat() + zone) == moment
    assert parse_date(f"{local:%a, %d %b %Y %H:%M:%S} {zone.replace(':', '')}") == moment


@given(st.text(max_size=120))
def test_no_text_breaks_the_reader_of_dates(text):
    moment = parse_date(text)

    assert moment is None or moment.tzinfo is UTC
