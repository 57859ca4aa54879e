"""Dates of foreign documents, rule by rule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.formats.dates import EARLIEST, SKEW, believable, parse_date
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
    "milliseconds-since-1970": ("1528790400000", "2018-06-12T08:00"),
    "half-am": ("Mon, 2 Mar 2026 10:00 AM EST", "2026-03-02T15:00"),
    "half-pm": ("Mon, 2 Mar 2026 9:15PM GMT", "2026-03-02T21:15"),
    "half-dotted": ("9 Mar 2026 9:15 p.m. +0000", "2026-03-09T21:15"),
    "half-midnight": ("2026-03-02 12:05 AM", "2026-03-02T00:05"),
    "half-noon": ("2026-03-02 12:05 PM", "2026-03-02T12:05"),
    "half-of-24-hours": ("2026-03-02 15:05 PM", "2026-03-02T15:05"),
    "half-without-minutes": ("March 2, 2026 at 9 PM", "2026-03-02T21:00"),
    "half-day-told": ("03/13/2026 9:15:00 PM", "2026-03-13T21:15"),
    "eastern-in-winter": ("Mon, 2 Mar 2026 9:15 p.m. ET", "2026-03-03T02:15"),
    "eastern-in-summer": ("Mon, 6 Jul 2026 9:15 p.m. ET", "2026-07-07T01:15"),
    "pacific": ("March 2, 2026 10:00 AM PT", "2026-03-02T18:00"),
    "korean": ("2026년 3월 2일 오전 10:00", "2026-03-02T10:00"),
    "korean-words": ("2026년 3월 2일 (월) 오후 3시 5분", "2026-03-02T15:05"),
    "korean-dots": ("2026. 3. 2. 오후 1:05", "2026-03-02T13:05"),
    "chinese": ("2026年3月2日 星期一 下午3:05", "2026-03-02T15:05"),
    "chinese-words": ("2026年3月2日10时30分", "2026-03-02T10:30"),
    "japanese": ("2026年3月2日(月) 午後3時5分", "2026-03-02T15:05"),
    "full-width": ("２０２６年３月２日", "2026-03-02T00:00"),
    "arabic": ("الاثنين، 2 مارس 2026 10:00 ص", "2026-03-02T10:00"),
    "arabic-digits": ("٢ آذار ٢٠٢٦ ٣:١٥ م", "2026-03-02T15:15"),
    "arabic-two-words": ("2 كانون الثاني 2026", "2026-01-02T00:00"),
    "russian": ("2 марта 2026 г., 10:00 МСК", "2026-03-02T07:00"),
    "russian-short": ("Пн, 02 мар 2026 10:00:00 +0300", "2026-03-02T07:00"),
    "german": ("Montag, 2. März 2026, 10:00 Uhr", "2026-03-02T10:00"),
    "german-short": ("Mo., 02 Dez 2024 10:00:00 +0100", "2024-12-02T09:00"),
    "french": ("lundi 2 mars 2026 à 10h30", "2026-03-02T10:30"),
    "french-first": ("1er août 2025", "2025-08-01T00:00"),
    "spanish": ("lunes, 2 de enero de 2026 a las 10:00", "2026-01-02T10:00"),
    "spanish-tuesday-in-march": ("mar, 03 mar 2026 10:00:00 +0100", "2026-03-03T09:00"),
    "portuguese": ("segunda-feira, 2 de março de 2026 às 10h00", "2026-03-02T10:00"),
    "italian": ("lunedì 2 maggio 2025 ore 10:00", "2025-05-02T10:00"),
    "greek": ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00"),
    "zone-of-iana": ("Fri, 31 Mar 2023 20:19:00 America/Los_Angeles", "2023-04-01T03:19"),
    "zone-of-iana-in-winter": ("2026-03-02 10:00 Europe/Brussels", "2026-03-02T09:00"),
    "zone-of-iana-in-brackets": ("2026-03-02T10:00:00[Asia/Seoul]", "2026-03-02T01:00"),
    "zone-of-iana-in-three-parts": (
        "1 Mar 2026 10:00 America/Argentina/Ushuaia",
        "2026-03-01T13:00",
    ),
    "zone-of-iana-unknown-is-utc": ("2 Mar 2026 10:00 Atlantis/Capital", "2026-03-02T10:00"),
    "zone-of-iana-a-folder-is-utc": ("2 Mar 2026 10:00 America/Argentina", "2026-03-02T10:00"),
    "zone-twice-as-go-writes": ("2026-10-09 08:00:00 +0000 UTC", "2026-10-09T08:00"),
    "zone-twice-with-gos-clock": (
        "2026-10-09 08:00:00.123456 +0200 CEST m=+0.1",
        "2026-10-09T06:00",
    ),
    "zone-twice": ("2020-11-08T16:20:00-05:00Z", "2020-11-08T21:20"),
    "zone-twice-in-brackets": ("2026-03-02T10:00:00+01:00[Europe/Paris]", "2026-03-02T09:00"),
    "zone-in-words": (
        "Thu Nov 12 2020 17:00:00 GMT+0100 (Central European Standard Time)",
        "2020-11-12T16:00",
    ),
    "zone-of-a-day": ("29 Sep 2026 GMT", "2026-09-29T00:00"),
    "zone-of-a-day-in-new-york": ("29 Sep 2026 EDT", "2026-09-29T04:00"),
    "zone-of-an-xml-day": ("2026-09-29+09:00", "2026-09-28T15:00"),
    "no-blank-after-weekday": ("Sat,28 Nov 2026 08:00:00 +0100", "2026-11-28T07:00"),
    "no-blank-after-german-weekday": ("Sa.,28 Nov 2026 08:00", "2026-11-28T08:00"),
    "rfc822-24-hours": ("Sat, 28 Nov 2026 24:00:00 GMT", "2026-11-29T00:00"),
    "single-digits": ("Sat, 28 Nov 2026 8:5:3 GMT", "2026-11-28T08:05:03"),
    "dots-in-the-clock": ("28 Nov 2026 08.30 GMT", "2026-11-28T08:30"),
    "log-file": ("28/Nov/2026:08:00:00 +0000", "2026-11-28T08:00"),
    "iso-half-compact": ("2026-11-28T0800Z", "2026-11-28T08:00"),
    "month-alone": ("Nov. 2020", "2020-11-01T00:00"),
    "of-the": ("Saturday, the 28th of November 2026", "2026-11-28T00:00"),
    "weekday-tells-the-month": ("Sat, 11 04 2020 08:51:49 +0100", "2020-04-11T07:51:49"),
    "weekday-tells-the-day": ("Wed 11/04/2020", "2020-11-04T00:00"),
    "short-year-month-first": ("10/30/23 21:55:58", "2023-10-30T21:55:58"),
    "short-year-day-first": ("30.10.23", "2023-10-30T00:00"),
    "seconds-with-fraction": ("1528790400.25", "2018-06-12T08:00"),
    "dutch": ("za 28 mei 2026", "2026-05-28T00:00"),
    "polish": ("sobota, 28 października 2023", "2023-10-28T00:00"),
    "czech": ("28. listopadu 2026", "2026-11-28T00:00"),
    "turkish": ("28 Kasım 2026", "2026-11-28T00:00"),
    "ukrainian": ("субота, 28 листопада 2026 08:00", "2026-11-28T08:00"),
    "indonesian": ("Sabtu, 28 Agustus 2026 08:00 WIB", "2026-08-28T01:00"),
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
    "month-of-another-calendar": "2 رمضان 2026",
    "year-of-an-era": "令和8年3月2日",
    "year-alone": "2026년",
    "no-year": "3월 2일 10:00",
    "day-or-month-in-german": "02.03.2026 10 Uhr",
    "day-or-month-in-the-afternoon": "02/03/2026 9:15:00 PM",
    "hour-15-before-noon": "2026-03-02 15:05 AM",
    "short-year-of-three": "10/11/12",
    "short-year-first-or-last": "25.10.23",
    "weekday-of-neither": "Sun, 11 04 2020",
    "zone-path": "2026-03-02 10:00 ../../etc/passwd",
    "two-months-of-one-name": "28 listopada 2026",
    "digits-14": "15287904000000",
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

    assert parse_date(text, now=NOW) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize("case", UNKNOWN)
def test_dates_that_cannot_be_told_are_unknown(case):
    assert parse_date(UNKNOWN[case], now=NOW) is None


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

    assert parse_date(local.isoformat() + zone, now=NOW) == moment
    assert parse_date(f"{local:%a, %d %b %Y %H:%M:%S} {zone.replace(':', '')}", now=NOW) == moment


@given(st.text(max_size=120))
def test_no_text_breaks_the_reader_of_dates(text):
    moment = parse_date(text, now=NOW)

    assert moment is None or moment.tzinfo is UTC
