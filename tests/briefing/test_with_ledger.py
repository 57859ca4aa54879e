"""The briefing on the real ledger, in a SQLite file: from feed entries to a told story."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.briefing import Briefing
from bot.briefing.parts import FeedState
from bot.domain.evidence import Direction, Match, Verdict
from bot.domain.feed import FeedList, FeedSpec
from bot.domain.item import Entry
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filing, Ledger
from tests.briefing.builders import DAY, NOW, PACK
from tests.ledger.builders import fetched, list_feed

TITLES = {
    "https://one.example/feed": "Dredgers reach nine metres in the shared channel",
    "https://two.example/feed": "Depth of nine metres reached",
}


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with Ledger.opened(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        await opened.upgrade()
        yield opened


def entry(title: str, *, at: datetime) -> Entry:
    address = f"https://one.example/{title.replace(' ', '-')}"
    return Entry(
        key=title,
        url=address,
        canonical_url=address.removeprefix("https://"),
        title=title,
        summary="",
        language="en",
        published_at=at,
        content_hash=title,
    )


async def publish(
    ledger: Ledger, workspace: WorkspaceId, *, at: datetime, late: timedelta = timedelta(0)
) -> None:
    """Two outlets report one story, which is fetched (`late`) and filed under a commitment."""
    seen = at + late
    feeds = FeedList(feeds=tuple(FeedSpec(url=url, title=url[8:11].title()) for url in TITLES))
    await ledger.feeds.sync(workspace, feeds, actor="file", at=seen)
    for feed in await ledger.feeds.list(workspace):
        await fetched(ledger, feed, [entry(TITLES[feed.url], at=at)], at=seen, title=None)
    versions = {"matcher_version": "1", "pack_fingerprint": PACK.fingerprint}
    items = await ledger.match_queue.pending(workspace, limit=10, at=seen, **versions)
    match = Match(commitment_id="dredging", score=0.9, direction=Direction.PROGRESS)
    filings = [
        Filing(item_id=i.id, revision=i.revision, story_id=items[0].id, matches=(match,))
        for i in items
    ]
    await ledger.evidence.file(workspace, filings, at=seen, **versions)


async def test_what_feeds_publish_is_told_once_with_its_outlets(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    await publish(ledger, workspace, at=NOW - timedelta(hours=3))
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    day = Window(since=NOW - DAY, until=NOW)
    digest = await briefing.digest(workspace, (), day, timezone="UTC")
    (section,) = digest.parent
    (told,) = section.stories
    assert told.story.outlets == ("One", "Two")
    assert told.story.headline == TITLES["https://one.example/feed"]
    again = await briefing.digest(
        workspace, (), day, timezone="UTC", already_mentioned=digest.mentions
    )
    assert not again.has_news


@pytest.mark.parametrize("late", [timedelta(0), 5 * DAY])
async def test_the_digest_of_a_past_day_has_what_was_published_then_however_late_it_was_fetched(
    ledger: Ledger, late: timedelta
) -> None:
    workspace = await ledger.workspaces.first()
    await publish(ledger, workspace, at=NOW - timedelta(hours=3), late=late)
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW + 9 * DAY)
    day = Window(since=NOW - DAY, until=NOW - timedelta(hours=2))
    evening = Window(since=NOW - timedelta(hours=2), until=NOW)
    before = Window(since=NOW - 2 * DAY, until=NOW - timedelta(hours=4))
    found = await briefing.digest(workspace, (), day, timezone="UTC", as_of=True)
    assert [told.fetched_later for told in found.stories] == [bool(late)]
    number = found.stories[0].story.evidence_id
    await ledger.evidence.review(
        workspace, [number], Verdict.REJECTED, actor="U01", at=NOW + 8 * DAY
    )
    again = await briefing.digest(workspace, (), day, timezone="UTC", as_of=True)
    assert again.stories[0].story.evidence_id == number
    now = await briefing.digest(workspace, (), day, timezone="UTC")
    assert number not in {told.story.evidence_id for told in now.stories}
    for other in (evening, before):
        assert not (
            await briefing.digest(workspace, (), other, timezone="UTC", as_of=True)
        ).has_news


async def test_every_question_finds_the_story_and_a_rejection_takes_it_away(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    await publish(ledger, workspace, at=NOW - timedelta(hours=3))
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    dredging = PACK.by_id["dredging"]
    status = await briefing.commitment_status(workspace, dredging)
    (story,) = (*status.newest, *status.unsure)
    assert (await briefing.evidence(workspace, dredging)).stories == (story,)
    assert (await briefing.timeline(workspace, dredging)).total == 1
    assert (await briefing.why(workspace, story.evidence_id)).story == story
    (hit, *_) = (await briefing.search(workspace, "nine metres")).hits
    assert [topic.id for topic in hit.topics] == ["dredging"]
    assert (await briefing.overview(workspace)).newest[0][0] == story
    for number in await briefing.same_story(workspace, story.evidence_id):
        await ledger.evidence.review(
            workspace, [number], Verdict.REJECTED, actor="U01ANALYST", at=NOW
        )
    emptied = await briefing.commitment_status(workspace, dredging)
    assert (emptied.newest, emptied.unsure) == ((), ())
    assert (await briefing.why(workspace, story.evidence_id)).standing is None


async def test_feeds_that_were_never_fetched_are_said_to_be(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    await list_feed(
        ledger, workspace, FeedSpec(url="https://one.example/feed"), actor="cli", at=NOW
    )
    briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)
    assert [one.state for one in (await briefing.feeds(workspace)).feeds] == [FeedState.NEW]
    assert (await briefing.overview(workspace)).empty == "never_fetched"
