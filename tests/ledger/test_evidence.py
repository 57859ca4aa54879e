import asyncio
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.errors import NotFoundError
from bot.domain.evidence import Direction, Origin, Verdict
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filed, Filing, Ledger
from bot.ledger.evidence import standing_reviews
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
    assert not any(e.item.backlog for e in returned), "news that went is news when it returns"


async def test_a_persons_word_survives_every_new_matcher(desk: Desk) -> None:
    ledger, workspace = desk
    items = await filed_all(ledger, workspace, "remains")
    confirmed, rejected, untouched, *_ = await ledger.evidence.list(workspace)
    await ledger.evidence.review(
        workspace, [confirmed.id], Verdict.CONFIRMED, actor=ANALYST, at=NOW
    )
    await ledger.evidence.review(workspace, [rejected.id], Verdict.REJECTED, actor=ANALYST, at=NOW)
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
    await filed_all(ledger, workspace, "remains", "regime", pack="b", at=NOW + 3 * DAY)
    assert len(await ledger.evidence.list(workspace)) == 4
    assert await ledger.evidence.list(workspace, news_only=True) == (news,)


async def test_reviews_are_added_never_changed_and_the_latest_counts(desk: Desk) -> None:
    ledger, workspace = desk
    await filed_all(ledger, workspace, "remains")
    (found, *_) = await ledger.evidence.list(workspace)
    await ledger.evidence.review(
        workspace, [found.id], Verdict.REJECTED, actor=ANALYST, at=NOW, note="about another war"
    )
    assert found.id not in {e.id for e in await ledger.evidence.list(workspace)}
    done = await ledger.evidence.review(
        workspace, [found.id], Verdict.SETBACK, actor=ADMIN, at=NOW + HOUR
    )
    (before,), (now,) = done.before, done.after
    assert (before.verdict, before.verdict_by) == (Verdict.REJECTED, ANALYST)
    assert (now.verdict, now.verdict_by, now.verdict_at) == (Verdict.SETBACK, ADMIN, NOW + HOUR)
    assert (now.direction, now.shown_direction) == (Direction.PROGRESS, Direction.SETBACK)
    assert now in await ledger.evidence.list(workspace)
    first, second = await ledger.evidence.reviews(workspace)
    assert (first.verdict, first.actor, first.at, first.note) == (
        Verdict.REJECTED,
        ANALYST,
        NOW,
        "about another war",
    )
    assert (second.verdict, second.commitment_id) == (Verdict.SETBACK, "remains")
    assert first.item.id == second.item.id == found.item.id
    latest, earlier = await ledger.audit.list(workspace, action="evidence.review")
    assert (latest.before, latest.after) == ({"verdict": "rejected"}, {"verdict": "setback"})
    assert earlier.before is None
    assert earlier.subject == f"E{found.id}"


async def test_a_verdict_on_a_story_is_all_of_it_or_nothing(desk: Desk) -> None:
    ledger, workspace = desk
    await filed_all(ledger, workspace, "remains")
    first, second, *_ = await ledger.evidence.list(workspace)
    with pytest.raises(NotFoundError):
        await ledger.evidence.review(
            workspace, [first.id, 77], Verdict.NEUTRAL, actor=ANALYST, at=NOW
        )
    assert (await ledger.evidence.get(workspace, first.id)).verdict is None
    assert await ledger.evidence.reviews(workspace) == ()
    assert await ledger.audit.list(workspace, action="evidence.review") == ()
    both = [first.id, second.id]
    done = await ledger.evidence.review(workspace, both, Verdict.NEUTRAL, actor=ANALYST, at=NOW)
    said = await ledger.evidence.reviews(workspace, act=done.act)
    assert [review.evidence_id for review in said] == both


async def test_a_move_files_the_item_under_the_other_commitment_and_its_undoing_takes_it_back(
    desk: Desk,
) -> None:
    ledger, workspace = desk
    await filed_all(ledger, workspace, "remains")
    (found, *_) = await ledger.evidence.list(workspace)
    done = await ledger.evidence.review(
        workspace, [found.id], Verdict.MOVED, actor=ANALYST, at=NOW, moved_to="regime"
    )
    here, there = done.after
    assert (here.id, here.verdict) == (found.id, Verdict.MOVED)
    assert (there.commitment_id, there.item, there.origin) == ("regime", found.item, Origin.PERSON)
    assert (there.verdict, there.shown_direction) == (Verdict.CONFIRMED, None)
    standing = {e.id for e in await ledger.evidence.list(workspace)}
    assert there.id in standing
    assert here.id not in standing
    # The machine finds the same as before, and changes nothing of what was said.
    await filed_all(ledger, workspace, "remains", matcher="2")
    assert {e.id for e in await ledger.evidence.list(workspace)} == standing
    await ledger.evidence.undo(workspace, done.act, actor=ANALYST, at=NOW + HOUR)
    standing = {e.id for e in await ledger.evidence.list(workspace)}
    assert here.id in standing
    assert there.id not in standing
    again = await ledger.evidence.undo(workspace, done.act, actor=ANALYST, at=NOW + HOUR)
    assert again.after == ()
    # The machine may find later what a person filed there and took back.
    await filed_all(ledger, workspace, "remains", "regime", matcher="3", at=NOW + DAY)
    assert there.id in {e.id for e in await ledger.evidence.list(workspace)}


async def test_how_often_the_filing_was_right_is_told_by_the_last_reviews_of_each_commitment(
    desk: Desk,
) -> None:
    ledger, workspace = desk
    await filed_all(ledger, workspace, "remains", "regime")
    for number, one in enumerate(await ledger.evidence.list(workspace)):
        verdict = Verdict.REJECTED if number == 0 else Verdict.SETBACK
        at = NOW + number * HOUR
        await ledger.evidence.review(workspace, [one.id], verdict, actor=ANALYST, at=at)
    judged = await ledger.evidence.judged(workspace)
    assert set(judged) == {"remains", "regime"}
    verdicts = [one.verdict for each in judged.values() for one in each]
    assert (verdicts.count(Verdict.REJECTED), verdicts.count(Verdict.SETBACK)) == (1, 7)


SAID = (Verdict.PROGRESS, Verdict.SETBACK, Verdict.NEUTRAL, Verdict.REJECTED)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(SAID), st.sampled_from("ABC"), st.integers(0, 1)),
        st.tuples(st.just(Verdict.MOVED), st.sampled_from("ABC"), st.integers(0, 1)),
        st.tuples(st.just("undo"), st.sampled_from("ABC"), st.integers(0, 9)),
        st.tuples(st.just("match"), st.sets(st.sampled_from(["remains", "regime"])), st.just(0)),
    ),
    max_size=10,
)
_feeds = count(1)


@given(EVENTS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_three_people_and_the_machine_do_the_state_is_that_of_the_history(
    database_url: str, events: list[tuple[Any, Any, int]]
) -> None:
    asyncio.run(_lived(database_url, events))


async def _lived(  # noqa: C901 - a model of the whole beside the ledger, step by step
    database_url: str, events: list[tuple[Any, Any, int]]
) -> None:
    """Does all of it to two items, and holds the ledger against a model in a few lines.

    The model is the same on both databases, so that they agree with each other too.
    """
    number = next(_feeds)
    async with Ledger.opened(database_url) as ledger:
        workspace = await ledger.workspaces.first()
        feed = await listed(ledger, workspace, f"https://property{number}.example/feed")
        await fetched(ledger, feed, [entry(1), entry(2)])
        items = [i for i in await pending(ledger, workspace) if i.feed_id == feed.id]
        found: set[str] = {"remains"}
        # What was pressed, on which item, and whether it was not taken back.
        presses: list[tuple[int, int, Verdict, str]] = []
        undone: set[int] = set()
        filed_ids: dict[tuple[int, str], int] = {}

        async def match_all(version: str) -> None:
            filings = [
                Filing(item_id=i.id, revision=1, matches=tuple(match(name) for name in found))
                for i in items
            ]
            await filed(ledger, workspace, *filings, matcher=version)
            for one in await ledger.evidence.list(workspace, include_rejected=True):
                if one.item.feed_id == feed.id:
                    filed_ids[one.item.id, one.commitment_id] = one.id

        def stands(item_id: int, commitment: str) -> tuple[Verdict, str] | None:
            """The last word on the item; under the other commitment, that it was moved there."""
            words = [
                (verdict, who)
                for act, item, verdict, who in presses
                if item == item_id and act not in undone
            ]
            if not words or commitment == "remains":
                return words[-1] if words else None
            verdict, who = words[-1]
            return (Verdict.CONFIRMED, who) if verdict is Verdict.MOVED else None

        await match_all("1")
        for step, (what, who, which) in enumerate(events):
            if what == "match":
                found = who
                await match_all(f"{step + 2}")
            elif what == "undo":
                if which < len(presses):
                    act = presses[which][0]
                    await ledger.evidence.undo(workspace, act, actor=who, at=NOW)
                    undone.add(act)
            else:
                here = items[which].id
                there = "regime" if what is Verdict.MOVED else None
                done = await ledger.evidence.review(
                    workspace,
                    [filed_ids[here, "remains"]],
                    what,
                    actor=who,
                    at=NOW,
                    moved_to=there,
                )
                presses.append((done.act, here, what, who))
                if there:
                    filed_ids[here, there] = done.after[-1].id
        replayed = standing_reviews(await ledger.evidence.reviews(workspace))
        listed_now = {e.id for e in await ledger.evidence.list(workspace)}
        for (item_id, commitment), evidence_id in filed_ids.items():
            now = await ledger.evidence.get(workspace, evidence_id)
            word = stands(item_id, commitment)
            assert (now.verdict, now.verdict_by) == (word or (None, None))
            last = replayed.get(evidence_id)
            assert (last.verdict if last else None) == (word[0] if word else None)
            if word:
                assert (evidence_id in listed_now) == word[0].fits


async def test_a_review_of_unknown_evidence_is_refused(desk: Desk) -> None:
    ledger, workspace = desk
    with pytest.raises(NotFoundError, match="E77"):
        await ledger.evidence.review(workspace, [77], Verdict.CONFIRMED, actor=ANALYST, at=NOW)


async def test_the_last_date_of_each_commitment_leaves_out_what_was_rejected(desk: Desk) -> None:
    ledger, workspace = desk
    await filed_all(ledger, workspace, "remains", "regime")
    newest = (await ledger.evidence.list(workspace, commitments=["remains"]))[0]
    await ledger.evidence.review(workspace, [newest.id], Verdict.REJECTED, actor=ANALYST, at=NOW)
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
