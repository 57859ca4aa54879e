"""Which entries are new, edited or known: the rules on values."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.item import DateSource, Entry
from bot.ledger.identity import (
    Known,
    Plan,
    date_of,
    is_backlog,
    normal_title,
    plan_document,
    sightings,
)
from tests.ledger.builders import DAY, HOUR, NOW, entry


def known(n: int, of: Entry, *, seen_at: datetime = NOW - DAY, also: str = "") -> Known:
    (sighting,) = sightings([of])
    return Known(
        id=n,
        keys=frozenset({sighting.key, also} - {""}),
        address=sighting.address,
        title=of.title,
        content_hash=of.content_hash,
        first_seen_at=seen_at,
    )


def plan(entries: list[Entry], *stored: Known) -> Plan:
    return plan_document(sightings(entries), stored, at=NOW)


def test_an_entry_under_a_known_key_is_the_item_whatever_else_changed() -> None:
    old = entry(1)
    moved = entry(1, url="https://new.example/x", canonical_url="new.example/x")
    assert plan([moved], known(7, old)) == Plan()


def test_a_new_text_under_a_known_key_is_a_revision() -> None:
    edited = entry(1, title="Corrected: talks")
    result = plan([edited], known(7, entry(1)))
    assert [(number, s.entry) for number, s in result.revised] == [(7, edited)]
    assert not result.new


def test_a_changed_key_with_the_same_address_and_title_is_the_same_item() -> None:
    renamed = entry(1, key="guid:other", title="TALKS,  part 1")
    result = plan([renamed], known(7, entry(1)))
    assert result.renamed == ((7, "guid:other"),)
    assert not result.new


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Something else"},
        {"canonical_url": "press.example/other"},
        {"canonical_url": None},
        {"title": ""},
    ],
)
def test_a_changed_key_with_anything_else_changed_is_a_new_item(
    changes: dict[str, str | None],
) -> None:
    result = plan([entry(1, key="guid:other", **changes)], known(7, entry(1)))
    assert len(result.new) == 1
    assert not result.renamed


def test_after_thirty_days_a_changed_key_is_a_new_item() -> None:
    again = entry(1, key="guid:other")
    barely = known(7, entry(1), seen_at=NOW - timedelta(days=30))
    assert not plan([again], barely).new
    too_old = known(7, entry(1), seen_at=NOW - timedelta(days=30, microseconds=1))
    assert len(plan([again], too_old).new) == 1


def test_two_items_that_look_alike_in_one_document_stay_two() -> None:
    first = entry(1, title="Briefing", canonical_url="press.example/", summary="Monday")
    second = entry(2, title="Briefing", canonical_url="press.example/", summary="Tuesday")
    assert len(plan([second, first]).new) == 2
    result = plan([second, first], known(7, first))
    assert [s.entry for s in result.new] == [second]
    assert not result.renamed


def test_an_entry_given_twice_in_one_document_counts_once() -> None:
    assert len(plan([entry(1), entry(1), entry(1, key="guid:copy")]).new) == 1


def test_an_item_known_under_two_keys_changes_at_most_once_in_a_document() -> None:
    item = known(7, entry(1), also="guid:other")
    first, second = entry(1, title="First"), entry(1, key="guid:other", title="Second")
    result = plan([first, second], item)
    assert [s.entry for _, s in result.revised] == [first]
    assert not result.new


def test_hostile_lengths_and_characters_do_not_make_two_keys_one() -> None:
    long = "guid:" + "x" * 5_000
    keys = {s.key for s in sightings([entry(n, key=f"{long}{n}") for n in range(3)])}
    assert len(keys) == 3
    assert all(len(key.encode()) <= 1_000 for key in keys)
    (sighting,) = sightings([entry(1, key="a\x00b\ud800")])
    assert sighting.key == "ab?"


def test_titles_are_compared_without_case_width_and_blanks() -> None:
    assert normal_title(" Ｔａｌｋｓ \n in  HANOI ") == normal_title("talks in hanoi")


entries = st.lists(
    st.builds(
        entry,
        st.integers(1, 4),
        title=st.sampled_from(["Talks", "Letters", ""]),
        canonical_url=st.sampled_from(["a.example/1", "a.example/2", None]),
        summary=st.sampled_from(["one", "two"]),
    ),
    max_size=6,
)


@given(document=entries)
def test_a_document_read_again_changes_nothing(document: list[Entry]) -> None:
    first = plan(document)
    stored = [known(n, s.entry) for n, s in enumerate(first.new)]
    assert plan(document, *stored) == Plan()


@given(before=entries, after=entries)
def test_every_entry_is_accounted_for_and_no_item_twice(
    before: list[Entry], after: list[Entry]
) -> None:
    stored = [known(n, s.entry) for n, s in enumerate(plan(before).new)]
    result = plan(after, *stored)
    changed = [number for number, _ in result.revised]
    assert len(changed) == len(set(changed))
    keys_after = {key for item in stored for key in item.keys}
    keys_after |= {s.key for s in result.new} | {key for _, key in result.renamed}
    assert {s.key for s in sightings(after)} <= keys_after
    assert len({s.key for s in result.new}) == len(result.new)


def test_without_a_date_an_item_is_dated_when_it_was_first_seen() -> None:
    assert date_of(entry(1, published_at=None), at=NOW) == (NOW, DateSource.FIRST_SEEN)
    assert date_of(entry(1), at=NOW) == (NOW - HOUR, DateSource.PUBLISHER)


@pytest.mark.parametrize(
    ("age", "backlog"),
    [(HOUR, False), (DAY - HOUR, False), (DAY, True), (30 * DAY, True), (None, True)],
)
def test_on_the_first_fetch_only_the_last_day_is_news(age: timedelta | None, backlog: bool) -> None:
    published_at = None if age is None else NOW - age
    found = entry(1, published_at=published_at)
    assert is_backlog(found, first_fetch=True, at=NOW) == backlog
    assert not is_backlog(found, first_fetch=False, at=NOW)
