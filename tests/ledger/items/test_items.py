import asyncio
from datetime import datetime

from sqlalchemy import select

from bot.domain.feed import Recorded
from bot.domain.item import DateSource
from bot.ledger import Ledger, Revision
from bot.ledger.db.database import Access, open_database
from bot.ledger.db.tables import items
from bot.ledger.items.recorder import KEPT_TEXTS
from tests.ledger.builders import (
    DAY,
    HOUR,
    NOW,
    entry,
    fetched,
    filed_all,
    listed,
    pending,
    read,
    record_failure,
)


async def test_an_item_is_stored_once_as_published(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    assert await fetched(ledger, feed, [entry(1), entry(2)]) == Recorded(new=2)
    assert await fetched(ledger, feed, [entry(2), entry(1)], at=NOW + HOUR) == Recorded()
    first, _ = await pending(ledger, workspace)
    assert (first.title, first.summary, first.url) == (
        "Talks, part 1",
        "They met.",
        "https://press.example/1",
    )
    assert (first.revision, first.outlet, first.first_seen_at) == (1, "The Press", NOW)
    assert (first.published_at, first.date_source) == (NOW - HOUR, DateSource.PUBLISHER)


async def test_without_a_date_an_item_is_dated_when_it_was_first_seen(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1, published_at=None)])
    (item,) = await pending(ledger, workspace)
    assert (item.published_at, item.date_source) == (NOW, DateSource.FIRST_SEEN)


async def test_an_edit_is_a_revision_and_the_old_text_is_kept(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1)])
    moved = entry(1, title="Corrected", published_at=NOW + HOUR)
    assert await fetched(ledger, feed, [moved], at=NOW + HOUR) == Recorded(revised=1)
    await fetched(ledger, feed, [entry(1, title="Again")], at=NOW + DAY)
    (item,) = await pending(ledger, workspace)
    assert (item.revision, item.title) == (3, "Again")
    assert item.published_at == NOW - HOUR, "an edit moves nothing into another window"
    assert await ledger.items.revisions(workspace, item.id) == (
        Revision(number=1, title="Talks, part 1", summary="They met.", replaced_at=NOW + HOUR),
        Revision(number=2, title="Corrected", summary="They met.", replaced_at=NOW + DAY),
        Revision(number=3, title="Again", summary="They met.", replaced_at=None),
    )
    assert await ledger.items.first_title(workspace, item.id) == "Talks, part 1"


async def test_a_text_that_turns_to_rubbish_is_no_revision(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    title = "Переговоры о связи"
    rubbish = [
        title.encode("cp1251").decode("cp1252"),
        "?????????? ? ?????",
        "\ufffd \ufffd \ufffd",
    ]
    await fetched(ledger, feed, [entry(1, title=title), entry(2)])
    for hours, garbled in enumerate(rubbish, start=1):
        document = [entry(1, title=garbled), entry(2, summary=f"They met, {hours}.")]
        assert await fetched(ledger, feed, document, at=NOW + hours * HOUR) == Recorded(revised=1)
    alone = [entry(1, title=rubbish[0])]
    assert await fetched(ledger, feed, alone, at=NOW + 4 * HOUR) == Recorded()
    assert await fetched(ledger, feed, [entry(1, title=title)], at=NOW + DAY) == Recorded()
    item, _ = await pending(ledger, workspace)
    assert (item.title, item.revision) == (title, 1)


async def test_rubbish_becomes_readable_without_being_other_news(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1, title="Ïåðåãîâîðû î ñâÿçè")])
    document = [entry(1, title="Переговоры о связи")]
    assert await fetched(ledger, feed, document, at=NOW + HOUR) == Recorded(revised=1)
    (item,) = await pending(ledger, workspace)
    assert (item.title, item.changed_at) == ("Переговоры о связи", None)


async def test_an_edit_brings_the_language_of_its_text(ledger: Ledger, database_url: str) -> None:
    feed = await listed(ledger, await ledger.workspaces.first())
    database = open_database(database_url)

    async def language() -> str | None:
        return await database.run(Access.READ, lambda c: c.scalar(select(items.c.language)))

    try:
        await fetched(ledger, feed, [entry(1, language=None)])
        assert await language() is None
        await fetched(ledger, feed, [entry(1, title="회담", language="ko")], at=NOW + HOUR)
        assert await language() == "ko"
        await fetched(ledger, feed, [entry(1, title="Talks", language="en")], at=NOW + DAY)
        assert await language() == "en"
    finally:
        await database.close()


async def test_an_edit_that_tells_other_news_is_marked_and_others_are_not(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)

    async def changed_at(title: str, hours: int) -> datetime | None:
        await fetched(ledger, feed, [entry(1, title=title)], at=NOW + hours * HOUR)
        (item,) = await pending(ledger, workspace)
        assert item.title == title
        return item.changed_at

    assert await changed_at("North agrees to dismantle its site", 0) is None
    assert await changed_at("Update: North agrees to dismantle its site", 1) is None
    assert await changed_at("North refuses to dismantle its site", 2) == NOW + 2 * HOUR
    assert await changed_at("North refuses to dismantle its site, again", 3) == NOW + 2 * HOUR
    assert await changed_at("North agrees to dismantle its site", 4) == NOW + 4 * HOUR


async def test_a_feed_that_changes_its_keys_back_and_forth_brings_nothing_new(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1)])
    for n, key in enumerate(["https://g/1", "http://g/1", "guid:1", "https://g/1"], 1):
        assert await fetched(ledger, feed, [entry(1, key=key)], at=NOW + n * DAY) == Recorded()
    late = entry(1, key="http://g/1", title="Corrected")
    assert await fetched(ledger, feed, [late], at=NOW + 60 * DAY) == Recorded(revised=1)
    assert len(await pending(ledger, workspace)) == 1


async def test_items_of_two_feeds_are_two_items_even_under_one_key(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    for url in ("https://a.example/feed", "https://b.example/feed"):
        feed = await listed(ledger, workspace, url)
        assert await fetched(ledger, feed, [entry(1)]) == Recorded(new=1)
    assert len(await pending(ledger, workspace)) == 2


async def test_the_first_fetch_is_backlog_but_for_the_last_day(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    old, undated = entry(1, published_at=NOW - 2 * DAY), entry(3, published_at=None)
    await fetched(ledger, feed, [old, entry(2), undated])
    assert {i.key: i.backlog for i in await pending(ledger, workspace)} == {
        "guid:1": True,
        "guid:2": False,
        "guid:3": True,
    }
    await fetched(ledger, feed, [entry(4, published_at=NOW - 9 * DAY)], at=NOW + HOUR)
    (late, *_) = await pending(ledger, workspace)
    assert (late.key, late.backlog) == ("guid:4", False)


async def test_a_failed_first_fetch_does_not_make_the_backlog_news(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await record_failure(ledger, feed.id, at=NOW, error="timeout", due_at=NOW)
    await fetched(ledger, feed, [entry(1, published_at=NOW - 2 * DAY)])
    (item,) = await pending(ledger, workspace)
    assert item.backlog


async def test_two_fetches_of_one_feed_recorded_at_once_store_each_item_once(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    document = [entry(n) for n in range(40)]
    recorded = await asyncio.gather(*(fetched(ledger, feed, document) for _ in range(4)))
    assert sum(r.new for r in recorded) == 40
    assert len(await pending(ledger, workspace)) == 40


async def test_a_long_document_with_long_keys_is_stored(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    document = [
        entry(n, key="회" * 2_000 + str(n), canonical_url="é" * 2_000 + str(n))
        for n in range(1_200)
    ]
    assert await fetched(ledger, feed, document) == Recorded(new=1_200)
    assert await fetched(ledger, feed, document, at=NOW + HOUR) == Recorded()


async def test_pending_is_in_a_stable_order_oldest_published_first(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    ages = [5, 1, 3, 1, 9, 1]
    await fetched(
        ledger, feed, [entry(n, published_at=NOW - age * HOUR) for n, age in enumerate(ages)]
    )
    keys = [int(item.key[5:]) for item in await pending(ledger, workspace)]
    assert keys == [4, 0, 2, 1, 3, 5]
    assert [int(i.key[5:]) for i in await pending(ledger, workspace, limit=2)] == [4, 0]


async def test_an_item_is_matched_once_for_each_version_of_matcher_and_pack(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1), entry(2)])
    for matcher, pack in (("1", "a"), ("2", "a"), ("2", "b")):
        assert len(await filed_all(ledger, workspace, matcher=matcher, pack=pack)) == 2
        assert await pending(ledger, workspace, matcher=matcher, pack=pack) == ()


async def test_an_edited_item_is_matched_again_and_only_it(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1), entry(2)])
    await filed_all(ledger, workspace)
    await fetched(ledger, feed, [entry(1, title="Corrected"), entry(2)], at=NOW + HOUR)
    (item,) = await pending(ledger, workspace)
    assert (item.title, item.revision, item.backlog) == ("Corrected", 2, False)


async def test_matching_everything_anew_makes_no_news_but_what_was_pending_stays_news(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1)])
    await filed_all(ledger, workspace)
    await fetched(ledger, feed, [entry(2)], at=NOW + HOUR)
    found = await pending(ledger, workspace, pack="b", at=NOW + 3 * DAY)
    assert {i.key: i.backlog for i in found} == {"guid:1": True, "guid:2": False}


async def test_recording_for_an_unknown_feed_stores_nothing(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    assert feed.id != 99
    assert await ledger.items.record([read(99, [entry(1)])]) == (None,)
    assert await pending(ledger, workspace) == ()


async def test_of_an_item_edited_over_and_over_the_first_and_the_newest_texts_are_kept(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    for n in range(KEPT_TEXTS + 6):
        await fetched(ledger, feed, [entry(1, title=f"Version {n}")], at=NOW + n * HOUR)
    (item,) = await pending(ledger, workspace)
    assert item.revision == KEPT_TEXTS + 6
    texts = await ledger.items.revisions(workspace, item.id)
    assert len(texts) == KEPT_TEXTS + 1
    assert [text.title for text in texts[:2]] == ["Version 0", "Version 6"]
    assert texts[-1].title == item.title
