"""Whatever a feed does to its documents, each of its items is one row that keeps its number."""

from html import escape
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.feed import Recorded
from bot.domain.item import Entry
from bot.ingest.formats.document import parse
from bot.ledger import Ledger
from bot.ledger.items.identity import sightings
from tests.ledger.builders import DAY, NOW, emptied, entry, fetched, listed, pending

documents = st.lists(
    st.lists(
        st.builds(
            entry,
            st.integers(1, 5),
            title=st.sampled_from(["Talks", "talks", "Letters", ""]),
            summary=st.sampled_from(["one", "two", "\x00three"]),
            canonical_url=st.sampled_from(["a.example/1", "a.example/2", None]),
            published_at=st.none() | st.just(NOW),
        ),
        max_size=5,
    ),
    min_size=1,
    max_size=6,
)
# The second document's first entry has the key of one item and is the other; the one whose key it
# has then becomes like it.
TAKEN_KEY = [
    [
        entry(1, title="Talks", summary="two", canonical_url="a.example/2", published_at=None),
        entry(5, title="Letters", canonical_url="a.example/1", published_at=NOW),
    ],
    [
        entry(5, title="talks", summary="one", canonical_url="a.example/2", published_at=None),
        entry(3, title="Talks", summary="two", canonical_url="a.example/1", published_at=NOW),
    ],
]


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(documents=documents)
@example(documents=TAKEN_KEY)
async def test_items_are_rows_that_stay(ledger: Ledger, documents: list[list[Entry]]) -> None:
    await emptied(ledger)
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    number_of: dict[str, int] = {}
    revision_of: dict[int, int] = {}
    for day, document in enumerate(documents):
        at = NOW + day * DAY
        recorded = await fetched(ledger, feed, document, at=at)
        items = {item.id: item for item in await pending(ledger, workspace)}
        assert recorded.new == len(items) - len(revision_of), "each new item is one row"
        assert revision_of.keys() <= items.keys(), "no item is ever lost"
        grown = [n for n in revision_of if items[n].revision != revision_of[n]]
        assert all(items[n].revision == revision_of[n] + 1 for n in grown)
        assert recorded.revised == len(grown), "an edit is one revision"
        now = {item.key: number for number, item in items.items()}
        assert len(now) == len(items), "no two rows under one key"
        assert all(now[key] == number for key, number in number_of.items())
        for sighting in sightings(document):
            if (number := now.get(sighting.key)) is not None and number not in number_of.values():
                assert items[number].title == sighting.entry.title
        number_of, revision_of = now, {n: item.revision for n, item in items.items()}
        assert await fetched(ledger, feed, document, at=at) == Recorded(), "again is nothing new"
    for number in revision_of:
        texts = await ledger.items.revisions(workspace, number)
        assert [text.number for text in texts] == list(range(1, len(texts) + 1))
        assert all((a.title, a.summary) != (b.title, b.summary) for a, b in pairwise(texts))


def item(
    title: str, path: str, *, guid: str | None = None, date: str | None = None, text: str = ""
) -> str:
    return (
        f"<item><title>{title}</title><link>{escape(f'https://office.example/{path}')}</link>"
        + (f"<guid>{guid}</guid>" if guid else "")
        + (f"<pubDate>{date}</pubDate>" if date else "")
        + f"<description>{text}</description></item>"
    )


async def polled(ledger: Ledger, feed: int, number: int, found: list[str]) -> Recorded:
    body = f"<rss version='2.0'><channel><title>Office</title>{''.join(found)}</channel></rss>"
    url, at = "https://office.example/feed", NOW + number * DAY
    document = parse(body.encode(), content_type=None, url=url, now=at)
    return await fetched(ledger, feed, document.entries, at=at)


# Links and ids of which a part is another at each fetch; the title is all that stays.
RENEWED = {
    "a token in the link": ("read?id={n}&p_tok={poll}", None),
    "a session in the link": ("show;jsessionid=A{poll}?id={n}", None),
    "a counter in the link": ("news/{n}?ref={poll}", None),
    "another id and token": ("read?id={n}&p_tok={poll}", "{poll}-{n}"),
}


@pytest.mark.parametrize(("link", "guid"), RENEWED.values(), ids=RENEWED)
async def test_a_long_title_without_a_date_is_known_again_whatever_else_changed(
    ledger: Ledger, link: str, guid: str | None
) -> None:
    feed = await listed(ledger, await ledger.workspaces.first())

    async def poll(number: int, articles: range) -> Recorded:
        found = [
            item(
                f"Envoys from city {n} meet over the budget",
                link.format(n=n, poll=number),
                guid=guid and guid.format(n=n, poll=number),
                text=f"Read {number * 7 + n} times",
            )
            for n in articles
        ]
        return await polled(ledger, feed, number, found)

    assert await poll(0, range(3)) == Recorded(new=3)
    for number in (1, 2):
        assert await poll(number, range(3)) == Recorded(revised=3)
    if guid is None:
        assert await poll(3, range(4)) == Recorded(new=1, revised=3)


SERIES = {
    "numbers": [f"Situation report {n}: flaring" for n in range(1, 5)],
    "days": [f"Daily report of the mission, {n} November 2018" for n in (20, 21, 22, 23)],
    "weekdays": [f"{day} market report" for day in ("Monday", "Tuesday", "Wednesday", "Thursday")],
    "months": [f"Monthly bulletin, {m} 2018" for m in ("March", "April", "May", "June")],
    "quarters": [f"Outlook for Q{n}" for n in range(1, 5)],
}


@pytest.mark.parametrize("guid", [None, "https://office.example/latest"])
@pytest.mark.parametrize("titles", SERIES.values(), ids=SERIES)
async def test_the_next_part_of_a_series_on_one_page_is_a_new_item(
    ledger: Ledger, titles: list[str], guid: str | None
) -> None:
    feed = await listed(ledger, await ledger.workspaces.first())
    others = [
        item(title, f"o/{n}", guid=guid and f"https://office.example/o/{n}", date="1 Jun 2018")
        for n, title in enumerate(["Envoys meet", "Exercises go on"])
    ]
    for number, title in enumerate(titles):
        date = f"{number + 4} Jun 2018 08:07:00 GMT"
        text = f"What happened in part {number}."
        found = [item(title, "latest", guid=guid, date=date, text=text), *others]
        assert (await polled(ledger, feed, number, found)).new == (1 if number else 3)
        assert await polled(ledger, feed, number, found) == Recorded()
    # An edit under its date stays one.
    found[0] = item(titles[-1], "latest", guid=guid, date=date, text="Corrected.")
    assert await polled(ledger, feed, len(titles), found) == Recorded(revised=1)


async def test_an_edit_on_its_own_page_with_a_later_date_is_no_next_part(ledger: Ledger) -> None:
    feed = await listed(ledger, await ledger.workspaces.first())
    other = item("Exercises go on", "o/1", date="1 Jun 2018")
    before = item("Envoys meet in Geneva", "n/7", date="4 Jun 2018", text="They met.")
    after = item("Envoys meet in Geneva, 5 of them", "n/7", date="5 Jun 2018", text="All met.")
    assert await polled(ledger, feed, 0, [before, other]) == Recorded(new=2)
    assert await polled(ledger, feed, 1, [after, other]) == Recorded(revised=1)


STOCK = ["Statement by the Spokesperson", "Statement by the Spokesperson of the Ministry of Energy"]


@pytest.mark.parametrize("title", STOCK)
@pytest.mark.parametrize("documents", [[[1], [2], [3]], [[0, 1], [0, 2], [0, 3]], [[1], [3, 2]]])
async def test_stock_words_of_one_day_under_two_ids_and_pages_are_two_items(
    ledger: Ledger, title: str, documents: list[list[int]]
) -> None:
    feed = await listed(ledger, await ledger.workspaces.first())
    seen: set[int] = set()
    for number, held in enumerate(documents):
        found = [
            item(
                title if n else "Exercises go on",
                f"st/{n}",
                guid=f"st{n}",
                date="Mon, 4 Jun 2018 00:00:00 GMT",
                text="Read more",
            )
            for n in held
        ]
        assert (await polled(ledger, feed, number, found)).new == len({*held} - seen)
        seen |= {*held}


async def test_stock_words_of_one_day_that_all_turn_over_are_new_items(ledger: Ledger) -> None:
    feed = await listed(ledger, await ledger.workspaces.first())
    for number in range(3):
        found = [
            item(title, f"w/{number}/{n}", guid=f"w{number}-{n}", date="4 Jun 2018", text="Inside")
            for n, title in enumerate(["Weekly digest", "Interview", "Photo of the day"])
        ]
        assert (await polled(ledger, feed, number, found)).new == 3
