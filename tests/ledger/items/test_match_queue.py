"""What a feed had before, or brings again, is never told as news; on both databases."""

from datetime import timedelta

from bot.domain.feed import Feed, FeedSpec, Recorded
from bot.domain.item import Entry
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from tests.ledger.builders import (
    ADMIN,
    DAY,
    HOUR,
    NOW,
    entry,
    fetched,
    list_feed,
    listed,
    pending,
    record_not_modified,
    unlist_feed,
)

LONG_AGO = NOW - 60 * DAY


def archive(prefix: str = "", *, count: int = 30, site: str = "press.example") -> list[Entry]:
    """Items of the last months, two days apart, as a feed may publish them under any keys."""
    return [
        entry(
            f"{prefix}{n}", title=f"Talks, part {n}", canonical_url=f"{site}/{prefix}{n}",
            published_at=LONG_AGO - (n + 1) * 2 * DAY,
        )
        for n in range(count)
    ]  # fmt: skip


async def followed(ledger: Ledger) -> tuple[WorkspaceId, Feed]:
    """A feed whose archive was read long ago and again an hour ago."""
    workspace = await ledger.workspaces.first()
    spec = FeedSpec(url="https://press.example/feed")
    feed = await list_feed(ledger, workspace, spec, at=LONG_AGO)
    await fetched(ledger, feed, archive(), at=LONG_AGO)
    await fetched(ledger, feed, archive(), at=NOW - HOUR)
    return workspace, feed


async def news(ledger: Ledger, workspace: WorkspaceId) -> set[str]:
    return {item.key for item in await pending(ledger, workspace, limit=1_000) if not item.backlog}


async def test_an_archive_under_new_keys_and_addresses_is_nothing_new(ledger: Ledger) -> None:
    workspace, feed = await followed(ledger)
    anew = archive("v2-", site="www2.press.example")
    assert await fetched(ledger, feed, anew) == Recorded()
    assert await fetched(ledger, feed, anew, at=NOW + HOUR) == Recorded()
    assert len(await pending(ledger, workspace)) == 30


async def test_an_archive_whose_dates_are_new_too_is_known_by_its_texts(ledger: Ledger) -> None:
    _, feed = await followed(ledger)
    anew = [
        entry(f"v2-{n}", title=e.title, canonical_url=f"press.example/v2/{n}", published_at=NOW)
        for n, e in enumerate(archive())
    ]
    assert await fetched(ledger, feed, anew) == Recorded()


async def test_a_feed_that_grows_deeper_brings_hardly_any_news(ledger: Ledger) -> None:
    workspace, feed = await followed(ledger)
    recorded = await fetched(ledger, feed, archive(count=60))
    assert recorded == Recorded(new=30, untold=27)
    assert await news(ledger, workspace) == {"guid:30", "guid:31", "guid:32"}


async def test_the_first_document_with_items_is_the_first_one(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await record_not_modified(ledger, feed.id, at=NOW - 2 * HOUR, due_at=NOW)
    await fetched(ledger, feed, [], at=NOW - HOUR)
    assert await fetched(ledger, feed, archive()) == Recorded(new=30)
    assert await news(ledger, workspace) == set()


async def test_a_feed_that_is_listed_again_begins_as_a_new_one(ledger: Ledger) -> None:
    workspace, feed = await followed(ledger)
    await unlist_feed(ledger, workspace, feed.url, actor=ADMIN, at=NOW)
    later = NOW + 50 * DAY
    await list_feed(ledger, workspace, FeedSpec(url=feed.url), actor=ADMIN, at=later)
    since = [
        entry(f"later-{n}", title=f"Visit {n}", canonical_url=f"press.example/later/{n}",
              published_at=later - n * timedelta(hours=2))
        for n in range(200)
    ]  # fmt: skip
    await fetched(ledger, feed, since, at=later + HOUR)
    assert await news(ledger, workspace) == {f"guid:later-{n}" for n in range(5)}


async def test_a_key_used_again_brings_every_article_once(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    titles = ("War dead come home", "Exercises are called off", "Liaison office opens")
    for n, title in enumerate(titles):
        at = NOW + n * DAY
        same = entry(
            "same", title=title, canonical_url=f"press.example/{n}", published_at=at - HOUR
        )
        assert await fetched(ledger, feed, [same], at=at) == Recorded(new=1)
        assert await fetched(ledger, feed, [same], at=at + HOUR) == Recorded()
    assert {item.title for item in await pending(ledger, workspace)} == set(titles)
    assert len(await news(ledger, workspace)) == 3


async def test_an_edited_headline_under_a_new_key_is_not_told_again(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    before = [entry("remains-handed-over", title="Remains handed over"), entry(1)]
    await fetched(ledger, feed, before)
    edited = entry(
        "55-remains-handed-over", title="55 remains handed over at Wonsan",
        canonical_url="press.example/remains-handed-over",
    )  # fmt: skip
    document = [edited, entry(1)]
    assert await fetched(ledger, feed, document, at=NOW + HOUR) == Recorded(revised=1)
    item, _ = sorted(await pending(ledger, workspace), key=lambda item: item.title)
    assert (item.title, item.revision) == (edited.title, 2)
