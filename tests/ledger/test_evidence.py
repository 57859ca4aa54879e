import pytest

from bot.domain.errors import NotFoundError
from bot.domain.evidence import Direction, Origin, Verdict
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filed, Filing, Ledger
from tests.ledger.builders import (
    ADMIN,
    ANALYST,
    DAY,
    HOUR,
    NOW,
    entry,
    fetched,
    filed,
    filed_all,
    listed,
    match,
    pending,
    unlist_feed,
)

Desk = tuple[Ledger, WorkspaceId]


@pytest.fixture
async def desk(ledger: Ledger) -> Desk:
    """A workspace whose one feed has brought four items, an hour apart, the last one newest."""
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(n, published_at=NOW - (5 - n) * HOUR) for n in range(1, 5)])
    return ledger, workspace


async def test_filing_a_batch_gives_evidence_stories_and_marks(desk: Desk) -> None:
    ledger, workspace = desk
    a, b, c, d = await pending(ledger, workspace)
    result = await filed(
        ledger,
        workspace,
        Filing(item_id=a.id, revision=1, matches=(match("remains"), match("regime"))),
        Filing(item_id=b.id, revision=1, story_id=a.id, matches=(match("remains"),)),
        Filing(item_id=c.id, revision=1),
    )
    assert result == Filed(evidence_new=3, stories_new=2)
    stories = await ledger.evidence.stories_of([a.id, b.id, c.id])
    assert stories == {a.id: a.id, b.id: a.id, c.id: c.id}
    assert await pending(ledger, workspace) == (d,)
    (newest, *_) = await ledger.evidence.list(workspace, commitments=["remains"])
    assert (newest.item, newest.story_id, newest.commitment_id) == (b, a.id, "remains")
    assert (newest.origin, newest.verdict, newest.filed_at) == (Origin.MACHINE, None, NOW)
    assert (newest.score, newest.direction) == (0.8, Direction.PROGRESS)
    assert (newest.reasons, newest.passage, newest.sure) == (("names it",), "They met.", True)
    assert await ledger.evidence.get(workspace, newest.id) == newest


async def test_filing_the_same_again_adds_nothing(desk: Desk) -> None:
    ledger, workspace = desk
    items = await filed_all(ledger, workspace, "remains")
    before = await ledger.evidence.list(workspace)
    again = [Filing(item_id=i.id, revision=1, matches=(match("remains"),)) for i in items]
    assert (await filed(ledger, workspace, *again, at=NOW + HOUR)).evidence_new == 0
    assert await ledger.evidence.list(workspace) == before


async def test_a_match_found_anew_gets_the_machines_new_words_and_keeps_its_date(
    desk: Desk,
) -> None:
    ledger, workspace = desk
    (item, *_) = await filed_all(ledger, workspace, "remains")
    better = match(
        "remains", score=0.4, direction=Direction.SETBACK, reasons=(), passage="", sure=False
    )
    filing = Filing(item_id=item.id, revision=1, matches=(better,))
    await filed(ledger, workspace, filing, matcher="2", at=NOW + DAY)
    found = (await ledger.evidence.list(workspace))[-1]
    assert (found.score, found.direction, found.sure) == (0.4, Direction.SETBACK, False)
    assert (found.reasons, found.passage, found.filed_at) == ((), "", NOW)


async def test_what_the_matcher_finds_no_more_is_withdrawn_and_may_return(desk: Desk) -> None:
    ledger, workspace = desk
    await filed_all(ledger, workspace, "remains")
    await filed_all(ledger, workspace, "regime", matcher="2")
    assert {e.commitment_id for e in await ledger.evidence.list(workspace)} == {"regime"}
    assert set(await ledger.evidence.last_published(workspace)) == {"regime"}
    await filed_all(ledger, workspace, "remains", matcher="3", at=NOW + DAY)
    returned = await ledger.evidence.list(workspace)
    assert {e.commitment_id for e in returned} == {"remains"}
    assert {e.filed_at for e in returned} == {NOW + DAY}
    assert all(e.item.backlog for e in returned)


async def test_a_persons_word_survives_every_new_matcher(desk: Desk) -> None:
    ledger, workspace = desk
    items = await filed_all(ledger, workspace, "remains")
    confirmed, rejected, untouched, *_ = await ledger.evidence.list(workspace)
    await ledger.evidence.review(workspace, confirmed.id, Verdict.CONFIRMED, actor=ANALYST, at=NOW)
    await ledger.evidence.review(workspace, rejected.id, Verdict.REJECTED, actor=ANALYST, at=NOW)
    other = match("remains", direction=Direction.SETBACK, score=0.5)
    filings = [Filing(item_id=i.id, revision=1, matches=(other,)) for i in items]
    await filed(ledger, workspace, *filings, matcher="2")
    await filed_all(ledger, workspace, matcher="3")
    after = await ledger.evidence.get(workspace, confirmed.id)
    assert (after.verdict, after.direction, after.score) == (
        Verdict.CONFIRMED,
        Direction.PROGRESS,
        0.8,
    )
    assert (await ledger.evidence.get(workspace, rejected.id)).verdict is Verdict.REJECTED
    standing = await ledger.evidence.list(workspace, include_rejected=True)
    assert {e.id for e in standing} == {confirmed.id, rejected.id}
    assert (await ledger.evidence.get(workspace, untouched.id)).verdict is None


async def test_matches_of_an_older_text_are_left_out_and_the_item_stays_pending(
    desk: Desk,
) -> None:
    ledger, workspace = desk
    (item, *_) = await pending(ledger, workspace)
    (feed,) = await ledger.feeds.list(workspace)
    await fetched(ledger, feed, [entry(1, title="Corrected")], at=NOW + HOUR)
    stale = Filing(item_id=item.id, revision=1, matches=(match("remains"),))
    result = await filed(ledger, workspace, stale)
    assert result.evidence_new == 0
    assert await ledger.evidence.stories_of([item.id]) == {item.id: item.id}
    assert (await pending(ledger, workspace))[0].revision == 2
    assert await ledger.evidence.list(workspace) == ()


async def test_results_of_an_older_matcher_do_not_count_as_matched(desk: Desk) -> None:
    ledger, workspace = desk
    items = await pending(ledger, workspace, matcher="1")
    assert len(await pending(ledger, workspace, matcher="2")) == 4
    filings = [Filing(item_id=i.id, revision=1, matches=(match("remains"),)) for i in items]
    await filed(ledger, workspace, *filings, matcher="1")
    assert len(await pending(ledger, workspace, matcher="2")) == 4


async def test_matches_for_a_feed_that_was_removed_meanwhile_are_left_out(desk: Desk) -> None:
    ledger, workspace = desk
    items = await pending(ledger, workspace)
    (feed,) = await ledger.feeds.list(workspace)
    await unlist_feed(ledger, workspace, feed.url, actor=ADMIN, at=NOW)
    filings = [Filing(item_id=i.id, revision=1, matches=(match("remains"),)) for i in items]
    assert (await filed(ledger, workspace, *filings)).evidence_new == 0


async def test_filing_an_item_that_does_not_exist_is_refused_whole(desk: Desk) -> None:
    ledger, workspace = desk
    (item, *_) = await pending(ledger, workspace)
    good = Filing(item_id=item.id, revision=1, matches=(match("remains"),))
    for bad in (Filing(item_id=999, revision=1), Filing(item_id=item.id, revision=1, story_id=999)):
        with pytest.raises(NotFoundError, match="999"):
            await filed(ledger, workspace, good, bad)
    assert await ledger.evidence.list(workspace) == ()
    assert len(await pending(ledger, workspace)) == 4


async def test_evidence_is_chosen_by_commitment_filing_publication_news_and_number(
    desk: Desk,
) -> None:
    ledger, workspace = desk
    (feed,) = await ledger.feeds.list(workspace)
    await filed_all(ledger, workspace, "remains", "regime")
    await fetched(ledger, feed, [entry(9, published_at=NOW)], at=NOW + HOUR)
    await filed_all(ledger, workspace, "remains", at=NOW + HOUR)

    async def keys(**chosen: object) -> list[str]:
        found = await ledger.evidence.list(workspace, **chosen)  # type: ignore[arg-type]
        return [e.item.key[5:] for e in found]

    assert await keys(commitments=["remains"]) == ["9", "4", "3", "2", "1"]
    assert await keys(commitments=[]) == []
    assert len(await keys(commitments=["remains", "regime"])) == len(await keys()) == 9
    assert await keys(window=Window(since=NOW + HOUR, until=NOW + DAY)) == ["9"]
    assert await keys(window=Window(since=NOW + DAY, until=NOW + 2 * DAY)) == []
    two = Window(since=NOW - 2 * HOUR, until=NOW)
    assert await keys(commitments=["remains"], published=two) == ["4", "3"]


async def test_news_leaves_out_what_was_there_before_and_what_is_matched_anew(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    await fetched(ledger, feed, [entry(1), entry(2, published_at=NOW - 3 * DAY)])
    await filed_all(ledger, workspace, "remains")
    (news,) = await ledger.evidence.list(workspace, news_only=True)
    assert news.item.key == "guid:1"
    await filed_all(ledger, workspace, "remains", "regime", pack="b", at=NOW + DAY)
    assert len(await ledger.evidence.list(workspace)) == 4
    assert await ledger.evidence.list(workspace, news_only=True) == (news,)


async def test_reviews_are_added_never_changed_and_the_latest_counts(desk: Desk) -> None:
    ledger, workspace = desk
    await filed_all(ledger, workspace, "remains")
    (found, *_) = await ledger.evidence.list(workspace)
    await ledger.evidence.review(
        workspace, found.id, Verdict.REJECTED, actor=ANALYST, at=NOW, note="about another war"
    )
    assert found.id not in {e.id for e in await ledger.evidence.list(workspace)}
    now = await ledger.evidence.review(
        workspace, found.id, Verdict.CONFIRMED, actor=ADMIN, at=NOW + HOUR
    )
    assert now.verdict is Verdict.CONFIRMED
    assert now in await ledger.evidence.list(workspace)
    first, second = await ledger.evidence.reviews(workspace)
    assert (first.verdict, first.actor, first.at, first.note) == (
        Verdict.REJECTED,
        ANALYST,
        NOW,
        "about another war",
    )
    assert (second.verdict, second.commitment_id) == (Verdict.CONFIRMED, "remains")
    assert first.item.id == second.item.id == found.item.id
    latest, earlier = await ledger.audit.list(workspace, action="evidence.review")
    assert (latest.before, latest.after) == ({"verdict": "rejected"}, {"verdict": "confirmed"})
    assert earlier.before is None
    assert earlier.subject == f"E{found.id}"


async def test_a_review_of_unknown_evidence_is_refused(desk: Desk) -> None:
    ledger, workspace = desk
    with pytest.raises(NotFoundError, match="E77"):
        await ledger.evidence.review(workspace, 77, Verdict.CONFIRMED, actor=ANALYST, at=NOW)


async def test_the_last_date_of_each_commitment_leaves_out_what_was_rejected(desk: Desk) -> None:
    ledger, workspace = desk
    await filed_all(ledger, workspace, "remains", "regime")
    newest = (await ledger.evidence.list(workspace, commitments=["remains"]))[0]
    await ledger.evidence.review(workspace, newest.id, Verdict.REJECTED, actor=ANALYST, at=NOW)
    assert await ledger.evidence.last_published(workspace) == {
        "remains": NOW - 2 * HOUR,
        "regime": NOW - HOUR,
    }


async def test_recent_items_come_with_their_stories_oldest_first(desk: Desk) -> None:
    ledger, workspace = desk
    a, b, c, _ = await pending(ledger, workspace)
    await filed(
        ledger,
        workspace,
        Filing(item_id=c.id, revision=1, story_id=a.id),
        Filing(item_id=a.id, revision=1),
        Filing(item_id=b.id, revision=1),
    )
    assert await ledger.evidence.recent_for_stories(since=b.published_at) == (
        (b, b.id),
        (c, a.id),
    )
