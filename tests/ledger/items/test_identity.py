"""Which entries are new, edited or known: the rules on values."""

import contextlib
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import FetchError
from bot.domain.item import Entry
from bot.domain.urls import canonical_url
from bot.ingest.formats.document import parse
from bot.ledger.items.identity import Known, Plan, plan_document, sightings
from tests.ingest.conftest import shared_data
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
        url=of.url,
        published_at=of.published_at,
    )


def plan(entries: list[Entry], *stored: Known) -> Plan:
    return plan_document(sightings(entries), stored, at=NOW)


BYSTANDER = entry("bystander", title="Sanctions are eased")


def plan_beside(found: Entry, *stored: Known) -> Plan:
    """The plan for a document of two entries, one of which is known: no feed of the latest only."""
    return plan([BYSTANDER, found], known(99, BYSTANDER), *stored)


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
    result = plan_beside(renamed, known(7, entry(1)))
    assert result.renamed == ((7, "guid:other"),)
    assert not result.new


@pytest.mark.parametrize(
    "changes",
    [
        {"canonical_url": "press.example/other"},
        {"canonical_url": None},
        {"title": "Exercises go on", "canonical_url": "press.example"},
        {"title": "Exercises go on", "published_at": NOW},
        {"title": "", "published_at": NOW},
        {"title": "Talks, part one: an agreement"},
        {"summary": "They met again.", "content_hash": "other"},
    ],
)
def test_a_changed_key_with_too_little_left_of_the_item_is_a_new_item(
    changes: dict[str, object],
) -> None:
    later = {"published_at": NOW, **changes}
    result = plan_beside(entry(1, key="guid:other", **later), known(7, entry(1)))
    assert len(result.new) == 1
    assert not result.renamed


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Talks, part one: an agreement", "published_at": None},
        {"title": "An agreement at last"},
        {"title": "Talks, part 1, with a new end", "published_at": None},
    ],
)
def test_an_edited_headline_under_a_changed_key_is_a_revision(changes: dict[str, object]) -> None:
    edited = entry(1, key="guid:other", **changes)
    result = plan_beside(edited, known(7, entry(1)))
    assert [(number, s.entry) for number, s in result.revised] == [(7, edited)]
    assert result.renamed == ((7, "guid:other"),)
    assert not result.new


def test_an_address_that_several_have_tells_nothing_by_itself() -> None:
    page = {"canonical_url": "press.example/live", "published_at": NOW}
    stored = [known(n, entry(n, **page)) for n in (1, 2)]
    document = [entry(n, title=f"Exercises go on, day {n}", **page) for n in (3, 4)]
    assert len(plan(document, *stored).new) == 2
    assert len(plan(document[:1], *stored).new) == 1


def test_a_site_that_moves_brings_the_items_it_had() -> None:
    stored = [known(n, entry(n), seen_at=NOW - 400 * DAY) for n in range(3)]
    moved = [
        entry(f"new-{n}", title=f"Talks, part {n}", canonical_url=f"other.example/{n}")
        for n in range(3)
    ]
    result = plan(moved, *stored)
    assert not result.new
    assert result.renamed == tuple((n, f"guid:new-{n}") for n in range(3))


def archive(n: int, count: int) -> list[Entry]:
    """An archive that is published anew: other keys, addresses and dates."""
    return [
        entry(
            f"new-{k}", title=f"Talks, part {k}", canonical_url=f"other.example/{k}",
            published_at=NOW,
        )
        for k in range(n, n + count)
    ]  # fmt: skip


def test_an_archive_published_anew_is_known_by_its_texts() -> None:
    stored = [known(n, entry(n), seen_at=NOW - 400 * DAY) for n in range(9)]
    result = plan(archive(0, 12), *stored)
    assert [s.entry.title for s in result.new] == [f"Talks, part {n}" for n in (9, 10, 11)]
    assert len(result.renamed) == 9


def test_a_text_that_comes_again_now_and_then_is_an_item_of_its_own() -> None:
    stored = [known(n, entry(n), seen_at=NOW - 400 * DAY) for n in range(9)]
    assert len(plan(archive(0, 4), *stored).new) == 4
    assert len(plan(archive(4, 12), *stored).new) == 12


ARTICLES = (
    {"title": "War dead come home", "canonical_url": "press.example/remains"},
    {"title": "Exercises are called off", "canonical_url": "press.example/exercises"},
    {"title": "Liaison office opens", "canonical_url": "press.example/office"},
)


def article(n: int, key: str) -> Entry:
    return entry(n, key=key, published_at=NOW - n * HOUR, **ARTICLES[n])


def test_a_key_used_again_for_another_article_makes_an_item_of_its_own() -> None:
    first, second = article(0, "guid:same"), article(1, "guid:same")
    result = plan([second], known(7, first))
    (new,) = result.new
    assert new.entry == second
    assert new.key != "guid:same"
    assert not result.revised
    stored = [known(7, first), Known(**{**asdict(known(8, second)), "keys": frozenset({new.key})})]
    assert plan([second], *stored) == Plan()
    assert plan([first], *stored) == Plan()
    assert len(plan([article(2, "guid:same")], *stored).new) == 1


def test_keys_that_only_number_the_places_of_a_document_move_nothing() -> None:
    stored = [known(n, article(n, f"guid:{n}")) for n in (0, 1)]
    shifted = [article(2, "guid:0"), article(0, "guid:1"), article(1, "guid:2")]
    result = plan(shifted, *stored)
    assert [s.entry for s in result.new] == [shifted[0]]
    assert not result.revised
    assert result.renamed == ((1, "guid:2"),)


def test_swapped_keys_change_nothing() -> None:
    stored = [known(n, article(n, f"guid:{n}")) for n in (0, 1)]
    assert plan([article(1, "guid:0"), article(0, "guid:1")], *stored) == Plan()


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "War dead come home at last, 55 of them"},
        {"title": "Coffins at Osan", "published_at": NOW},
        {"title": "Coffins at Osan", "canonical_url": "press.example/osan"},
    ],
)
def test_what_is_left_of_an_article_under_its_key_makes_an_edit(changes: dict[str, object]) -> None:
    before = article(0, "guid:same")
    edited = replace(
        before, content_hash="other", **{"canonical_url": "press.example/new", **changes}
    )
    if "published_at" in changes:
        edited = replace(edited, canonical_url=before.canonical_url)
    result = plan([edited], known(7, before))
    assert [number for number, _ in result.revised] == [7]
    assert not result.new


def test_an_address_and_title_that_come_again_after_a_month_are_a_new_item() -> None:
    again = entry(1, key="guid:other", summary="Other news.", published_at=None)
    barely = known(7, entry(1), seen_at=NOW - timedelta(days=30))
    assert not plan_beside(again, barely).new
    too_old = known(7, entry(1), seen_at=NOW - timedelta(days=30, microseconds=1))
    assert len(plan_beside(again, too_old).new) == 1


def at(link: str, n: int, title: str, **changes: object) -> Entry:
    """Article `n` under its own id and date, at a link, which may have its number."""
    url = link.format(n)
    values = {
        "title": title.format(n),
        "summary": f"They spoke of point {n}.",
        "published_at": NOW - DAY + n * (HOUR + timedelta(minutes=7)),
        "url": url,
        "canonical_url": canonical_url(url),
    }
    return entry(n, **{**values, **changes})


SHARED = [
    "https://office.example/whatsnew.html#n{}",
    "https://office.example/sitrep",
    "https://office.example/",
    "https://office.example/#/news/{}",
    "https://office.example/app#!/{}",
]


@pytest.mark.parametrize("title", ["Press release", "Situation report {}", "Talks in {} cities"])
@pytest.mark.parametrize("window", [1, 3])
@pytest.mark.parametrize("link", SHARED)
def test_a_new_article_on_a_page_that_others_share_is_new(
    link: str, window: int, title: str
) -> None:
    articles = [at(link, n, title) for n in range(6)]
    for first in range(5):
        before, after = articles[first : first + window], articles[first + 1 : first + window + 1]
        stored = [known(n, one) for n, one in enumerate(before)]
        for document in (after, after[::-1]):
            result = plan(document, *stored)
            assert [s.entry for s in result.new] == articles[first + window : first + window + 1]
            assert not result.revised


@pytest.mark.parametrize("link", [SHARED[0], SHARED[3]])
def test_the_only_item_of_a_feed_without_ids_is_told_by_its_fragment(link: str) -> None:
    first, second = (
        at(link, n, "Press release", key=f"url:{canonical_url(link.format(n))}", published_at=None)
        for n in (1, 2)
    )
    assert len(plan([second], known(1, first)).new) == 1


def test_an_id_that_stays_while_page_date_and_text_are_others_has_moved_on() -> None:
    link, title = "https://office.example/press/{}", "Press release"
    stored = [known(n, at(link, n, title, key=f"guid:place {n}")) for n in (1, 2)]
    shifted = [at(link, 3, title, key="guid:place 1"), at(link, 1, title, key="guid:place 2")]
    assert [s.entry for s in plan(shifted, *stored).new] == shifted[:1]
    latest = at(link, 3, title, key="guid:place 1")
    assert [s.entry for s in plan([latest], stored[0]).new] == [latest]


TOKENS = [
    "https://office.example/read?id={}&p_tok=%s",
    "https://office.example/read;jsessionid=%s?id={}",
    "https://office.example/(S(%s))/read/{}",
]


@pytest.mark.parametrize("key", ["url:{}", "id:{}"])
@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("link", TOKENS)
def test_a_token_in_every_link_makes_nothing_new(link: str, count: int, key: str) -> None:
    def document(token: str) -> list[Entry]:
        found = [at(link % token, n, "Talks, part {}", published_at=None) for n in range(count)]
        return [replace(one, key=key.format(one.canonical_url)) for one in found]

    stored = [known(n, one) for n, one in enumerate(document("3f9a"))]
    again = plan(document("c07b"), *stored)
    assert (again.new, again.revised, len(again.renamed)) == ((), (), count)


def test_links_that_lead_elsewhere_are_no_tokens() -> None:
    link = "https://office.example/press/{}"
    alike = {"summary": "", "published_at": None, "content_hash": "the same"}
    found = [at(link, n, "Press release", key=f"url:{n}", **alike) for n in range(4)]
    stored = [known(n, one) for n, one in enumerate(found[:3])]
    assert [s.entry for s in plan(found[:0:-1], *stored).new] == found[3:]


@pytest.mark.parametrize(
    ("changes", "new"),
    [
        ({}, 0),
        ({"summary": "They met, says another outlet.", "content_hash": "other"}, 0),
        ({"published_at": NOW, "content_hash": "other"}, 1),
        ({"title": "Talks on the hotline end - The Press", "content_hash": "other"}, 1),
    ],
)
def test_a_news_search_that_changes_ids_and_links_gives_the_same_article(
    changes: dict[str, object], new: int
) -> None:
    link, title = "https://search.example/rss/articles/%s{}", "Talks go on in Kaesong - The Press"
    first = at(link % "CBMi2A", 3, title)
    again = replace(at(link % "CBMiXQ", 3, title, key="guid:CBMiXQ"), **changes)
    assert len(plan_beside(again, known(7, first)).new) == new


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize(
    "key", ["url:{0.canonical_url}", "id:https://new.example/?p={0.title}", "guid:new-{0.title}"]
)
def test_ids_that_all_change_while_page_title_and_date_stay_make_nothing_new(
    key: str, window: int
) -> None:
    before = [at("https://press.example/{}", n + 1, "Talks, part {}") for n in range(window)]
    after = [replace(one, key=key.format(one), content_hash=f"longer {one.key}") for one in before]
    result = plan(after, *(known(n, one) for n, one in enumerate(before)))
    assert not result.new
    assert len(result.revised) == len(result.renamed) == window


def test_rolled_by_one_entry_any_document_brings_one_new_item() -> None:
    """The new entry has its own id, date and text, and link and title of another."""
    rolled = 0
    for path in sorted(shared_data("feeds-wild").iterdir()):
        with contextlib.suppress(FetchError):
            body = path.read_bytes()
            url = "https://wild.example/feed"
            found = list(parse(body, content_type=None, url=url, now=NOW).entries)
            stored = [known(n, s.entry) for n, s in enumerate(plan(found).new)]
            assert plan(found, *stored) == Plan(), path.name
            for other in (*found[:5], *found[-2:]):
                new = replace(other, key="id:new", published_at=NOW - HOUR / 7, content_hash="new")
                for document in ([new, *found[:-1]], [*found[1:], new], [new]):
                    result = plan(document, *stored)
                    assert [s.entry for s in result.new] == [new], path.name
                    assert not result.revised, path.name
                    rolled += 1
            for n in range(1, len(found)):
                before = [known(k, one) for k, one in enumerate(found[n:])]
                assert [s.entry for s in plan(found[n - 1 :], *before).new] == [found[n - 1]]
    assert rolled > 1_000


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


def test_two_articles_under_two_keys_of_one_item_are_two_now_and_the_next_time() -> None:
    first = entry(5, title="Letters", canonical_url="a.example/2", published_at=None)
    second = entry(4, title="Ships sail", canonical_url="a.example/1", published_at=None)
    before = known(1, entry(5, title="Letters", canonical_url="a.example/1"), also="guid:4")
    result = plan([first, second], before)
    (new,) = result.new
    assert (new.entry, new.key) == (second, sightings([second])[0].further_key)
    after = replace(before, address="a.example/2", content_hash=first.content_hash)
    assert plan([first, second], after, replace(known(2, second), keys=frozenset({new.key}))) == (
        Plan()
    )


def test_an_article_that_was_told_apart_stays_so_whatever_the_other_becomes() -> None:
    article = entry(1, title="Letters", canonical_url="a.example/1")
    (sighting,) = sightings([article])
    own = replace(known(2, article), keys=frozenset({sighting.further_key}))
    other = known(1, entry(1, title="Letters", canonical_url="a.example/2"), also="guid:3")
    assert plan([article], other, own) == Plan()


def test_hostile_lengths_and_characters_do_not_make_two_keys_one() -> None:
    long = "guid:" + "x" * 5_000
    keys = {s.key for s in sightings([entry(n, key=f"{long}{n}") for n in range(3)])}
    assert len(keys) == 3
    assert all(len(key.encode()) <= 1_000 for key in keys)
    (sighting,) = sightings([entry(1, key="a\x00b\ud800")])
    assert sighting.key == "ab?"


entries = st.lists(
    st.builds(
        entry,
        st.integers(1, 4),
        title=st.sampled_from(["Talks", "Letters", ""]),
        canonical_url=st.sampled_from(["a.example/1", "a.example/2", None]),
        published_at=st.sampled_from([NOW, NOW - HOUR, None]),
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
    keys = {key for item in stored for key in item.keys}
    new_keys = {s.key for s in result.new}
    assert not new_keys & keys
    assert len(new_keys) == len(result.new)
    assert not {key for _, key in result.renamed} & (keys | new_keys)
    accounted = keys | new_keys | {key for _, key in result.renamed}
    assert {s.key for s in sightings(after)} <= accounted
