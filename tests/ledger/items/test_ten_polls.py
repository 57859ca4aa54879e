"""Feeds do to their documents what feeds are known to do: nothing is lost, nothing comes twice.

Each feed is written as bytes, parsed, and stored, ten polls long; what really is one article is
known, so the ledger is held against the truth after each poll.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.domain.item import Entry
from bot.ingest.formats.document import parse
from bot.ledger import Ledger
from bot.ledger.db.database import Access
from bot.ledger.db.tables import items
from tests.ledger.builders import NOW, emptied, fetched, listed

POLLS: Final = 10
APART: Final = timedelta(hours=7)
SUBJECTS: Final = ("ferry line", "liaison office", "war remains", "transit corridor", "hotline")
CITIES: Final = ("Hanoi", "Kaesong", "Geneva", "Panmunjom", "Ohrid", "Tripoli", "Osan")


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a feed writes its items.

    Attributes:
        ids: "own" ones; "renewed", all of them at one poll; new ones "at each fetch"; "none".
        links: Pages of their "own"; one "landing" page for all; "anchors" of one page; "routes"
            behind a hash; "tokens", another in each link at each fetch.
        dates: "exact"; the "day"; "none".
        titles: "distinct"; the "same" for all; "numbered".
        window: How many items a document holds.
    """

    ids: str
    links: str
    dates: str
    titles: str
    window: int

    @property
    def can_tell(self) -> bool:
        """Whether anything at all tells the next article from an edit of the one before."""
        one_page = self.links in {"landing", "tokens"}
        return self.window > 1 or self.ids != "none" or self.dates == "exact" or not one_page

    def may_edit(self, held: int) -> frozenset[str]:
        """What of an article may change while anything is left to know it by."""
        if self.ids == "own" or self.dates == "exact":
            return frozenset({"title", "text"})
        if held > 1 and self.links in {"own", "routes", "anchors"}:
            return frozenset({"title", "text"})
        if held > 1 and self.ids == "none" and self.titles == "distinct":
            return frozenset({"text"})
        return frozenset()

    def title_of(self, n: int) -> str:
        if self.titles == "distinct":
            return f"Talks on the {SUBJECTS[n % 5]} go on in {CITIES[n % 7]}, day {n // 35}"
        return "Press release" if self.titles == "same" else f"Situation report {n}"


@dataclass(frozen=True, kw_only=True)
class Poll:
    """What has happened when a feed is looked at.

    Attributes:
        published: How many new articles it has.
        edited: The place of one that was edited, in its title or its text; None for none.
        broken: The place of one that has a broken byte, this time alone; None for none.
    """

    published: int
    edited: int | None
    in_title: bool
    broken: int | None


@dataclass(kw_only=True)
class Article:
    """What really is one article."""

    number: int
    date: datetime
    title: str
    text: str


feeds = st.builds(
    Habits,
    ids=st.sampled_from(["own", "renewed", "at each fetch", "none"]),
    links=st.sampled_from(["own", "landing", "anchors", "routes", "tokens"]),
    dates=st.sampled_from(["exact", "day", "none"]),
    titles=st.sampled_from(["distinct", "same", "numbered"]),
    window=st.integers(1, 6),
)
places = st.none() | st.integers(0, 5)
histories = st.lists(
    st.builds(
        Poll, published=st.integers(0, 3), edited=places, in_title=st.booleans(), broken=places
    ),
    min_size=POLLS,
    max_size=POLLS,
)


def documents(habits: Habits, polls: Sequence[Poll]) -> Iterator[tuple[datetime, bytes, set[int]]]:
    """The moment of each poll, the document found then, and the numbers of its articles."""
    articles: list[Article] = []
    seen: set[int] = set()
    for number, poll in enumerate(polls):
        at = NOW + number * APART
        for n in range(len(articles), len(articles) + poll.published + (number == 0)):
            date = at - timedelta(minutes=60 - 7 * n % 60, seconds=n % 50 + 1)
            text = f"They spoke of point {7 * n}, and of {9 * n + 1}."
            articles.append(Article(number=n, date=date, title=habits.title_of(n), text=text))
        held = articles[: -habits.window - 1 : -1]
        edits = habits.may_edit(len(held))
        if poll.edited is not None and poll.edited < len(held):
            article = held[poll.edited]
            if article.number in seen and poll.in_title and "title" in edits:
                article.title = f"Update: {article.title}"
            elif article.number in seen and "text" in edits:
                article.text += " Corrected."
        seen |= {article.number for article in held}
        broken = poll.broken if "text" in edits else None
        body = "".join(
            item_of(habits, article, number, is_broken=place == broken)
            for place, article in enumerate(held)
        )
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Office'
            f"</title><link>https://office.example/</link>{body}</channel></rss>"
        )
        yield at, xml.encode().replace(b"@@", b"\xff"), {article.number for article in held}


def item_of(habits: Habits, article: Article, poll: int, *, is_broken: bool) -> str:
    n = article.number
    link = {
        "own": f"https://office.example/news/{n}",
        "landing": "https://office.example/news",
        "anchors": f"https://office.example/news.html#n{n}",
        "routes": f"https://office.example/#/news/{n}",
        "tokens": f"https://office.example/read?id={n}&p_tok={poll}x{n}",
    }[habits.links]
    guid = {
        "own": f"id-{n}",
        "renewed": f"id-{n}" if poll < POLLS // 2 else f"urn:office:{n}",
        "at each fetch": f"{poll}-{n}",
        "none": "",
    }[habits.ids]
    date = {
        "exact": format_datetime(article.date),
        "day": format_datetime(article.date.replace(hour=0, minute=0, second=0)),
        "none": "",
    }[habits.dates]
    text = article.text.replace("o", "@@", 1) if is_broken else article.text
    return (
        f"<item><title>{escape(article.title)}</title><link>{escape(link)}</link>"
        + (f'<guid isPermaLink="false">{guid}</guid>' if guid else "")
        + (f"<pubDate>{date}</pubDate>" if date else "")
        + f"<description>{escape(text)}</description></item>"
    )


def entries_of(body: bytes, at: datetime) -> tuple[Entry, ...]:
    url = "https://office.example/feed"
    return parse(body, content_type="application/rss+xml", url=url, now=at).entries


async def is_told_once_and_not_lost(ledger: Ledger, habits: Habits, polls: list[Poll]) -> None:
    await emptied(ledger)
    feed = await listed(ledger, await ledger.workspaces.first())
    seen: set[int] = set()
    told = 0
    for number, (at, body, held) in enumerate(documents(habits, polls)):
        recorded = await fetched(ledger, feed, entries_of(body, at), at=at)
        assert recorded.new == len(held - seen), "each article is one item, once"
        told += len(held - seen) if number else 0
        seen |= held
    backlog = select(items.c.backlog, items.c.first_seen_at)
    rows = await ledger._database.run(Access.READ, lambda c: c.execute(backlog).all())
    assert len(rows) == len(seen)
    later = [row for row in rows if row.first_seen_at > NOW]
    assert sum(not row.backlog for row in later) == len(later) == told, "what comes later is news"


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(habits=feeds, polls=histories)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_over_ten_polls_each_article_is_one_item_and_news_once(
    ledger: Ledger, habits: Habits, polls: list[Poll]
) -> None:
    assume(habits.can_tell)
    await is_told_once_and_not_lost(ledger, habits, polls)


@pytest.mark.slow
@settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
@given(habits=feeds, polls=histories)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_over_ten_polls_of_ten_thousand_feeds(
    ledger: Ledger, habits: Habits, polls: list[Poll]
) -> None:
    assume(habits.can_tell)
    await is_told_once_and_not_lost(ledger, habits, polls)
