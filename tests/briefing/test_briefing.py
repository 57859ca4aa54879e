"""Questions asked of the briefing as handlers ask them, on a ledger with memory."""

from datetime import timedelta

import pytest

from bot.briefing import Briefing
from bot.briefing.briefing import PAGE, TIMELINE_STORIES
from bot.briefing.parts import EmptyReason
from bot.domain.commitment import Pack
from bot.domain.errors import NotFoundError
from bot.domain.evidence import Direction, Verdict
from bot.domain.window import Window
from bot.slack.messages.digest import digest_messages
from tests.briefing.builders import DAY, NOW, PACK, SmallLedger, W, evidence, feed, item

DREDGING = PACK.by_id["dredging"]
DELTA = PACK.summit_by_id["delta"]


@pytest.fixture
def ledger() -> SmallLedger:
    return SmallLedger()


@pytest.fixture
def briefing(ledger: SmallLedger) -> Briefing:
    return Briefing(ledger, pack=lambda: PACK, clock=lambda: NOW)


async def test_a_status_counts_stories_and_shows_the_newest(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(at=NOW - 10 * n * DAY), story=n) for n in range(1, 11)))
    ledger.file(evidence(item(at=NOW - 15 * DAY, feed_id=2), story=2))
    answer = await briefing.commitment_status(W, DREDGING)
    assert [one.progress for one in answer.balances] == [2, 8]
    assert [story.story_id for story in answer.newest] == [1, 2, 3, 4, 5]
    assert (answer.stories, answer.empty) == (10, None)
    assert answer.silence.rhythm == 10 * DAY


async def test_a_status_leaves_other_commitments_and_rejected_evidence_out(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(commitment="tolls"), evidence(verdict=Verdict.REJECTED, story=2))
    answer = await briefing.commitment_status(W, DREDGING)
    assert (answer.newest, answer.empty) == ((), EmptyReason.NO_EVIDENCE)


async def test_evidence_older_than_a_year_is_shown_and_counts_as_silence(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(at=NOW - 400 * DAY), story=n) for n in range(1, 5)))
    answer = await briefing.commitment_status(W, DREDGING)
    assert (answer.empty, answer.silence.gap, answer.stories) == (None, 400 * DAY, 4)
    assert len(answer.newest) == 4
    assert (answer.momentum, [one.stories for one in answer.balances]) == (None, [0, 0])


async def test_a_table_has_a_line_for_every_commitment_the_worst_first(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(commitment="bridge", direction=Direction.SETBACK))
    answer = await briefing.status_table(W)
    assert [line.topic.id for line in answer.lines] == ["bridge", "dredging", "pilots", "tolls"]
    assert [line.balance.setback for line in answer.lines] == [1, 0, 0, 0]
    assert [line.topic.id for line in (await briefing.status_table(W, DELTA)).lines] == ["bridge"]


@pytest.mark.parametrize(
    ("pack", "feeds", "empty"),
    [
        (Pack(), [feed()], EmptyReason.NOTHING_TRACKED),
        (PACK, [], EmptyReason.NO_FEEDS),
        (PACK, [feed(checked_at=None), feed(2, enabled=False)], EmptyReason.NEVER_FETCHED),
        (PACK, [feed(checked_at=None), feed(2)], EmptyReason.NO_EVIDENCE),
    ],
)
async def test_an_empty_answer_names_the_first_cause(
    ledger: SmallLedger, pack: Pack, feeds: list[object], empty: EmptyReason
) -> None:
    ledger.feeds.rows = feeds  # type: ignore[assignment]
    briefing = Briefing(ledger, pack=lambda: pack, clock=lambda: NOW)
    assert (await briefing.status_table(W)).empty is empty
    assert (await briefing.overview(W)).empty is empty
    day = Window(since=NOW - DAY, until=NOW)
    assert (await briefing.digest(W, (), day, timezone="UTC")).empty is empty


async def test_evidence_comes_in_pages_newest_first(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(at=NOW - n * DAY), story=n) for n in range(1, 12)))
    first = await briefing.evidence(W, DREDGING)
    assert [story.story_id for story in first.stories] == list(range(1, PAGE + 1))
    assert (first.total, first.next_offset) == (11, PAGE)
    second = await briefing.evidence(W, DREDGING, offset=PAGE)
    assert [story.story_id for story in second.stories] == [9, 10, 11]
    assert second.next_offset is None


async def test_evidence_can_be_narrowed_by_date_and_direction(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(
        evidence(item(at=NOW - 9 * DAY), story=1),
        evidence(item(at=NOW - 5 * DAY), story=2, direction=Direction.SETBACK),
        evidence(item(at=NOW - 3 * DAY), story=3),
    )
    since = await briefing.evidence(W, DREDGING, since=NOW - 5 * DAY)
    until = await briefing.evidence(W, DREDGING, until=NOW - 5 * DAY)
    setback = await briefing.evidence(W, DREDGING, direction=Direction.SETBACK)
    assert [s.story_id for s in since.stories] == [3, 2]
    assert [s.story_id for s in until.stories] == [1]
    assert [s.story_id for s in setback.stories] == [2]


async def test_a_story_is_dated_by_its_first_item_wherever_it_is_asked_for(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(
        evidence(item(at=NOW - 9 * DAY), story=1),
        evidence(item(at=NOW - 2 * DAY), story=1),
        evidence(item(at=NOW - 5 * DAY), story=2),
    )
    every = await briefing.evidence(W, DREDGING)
    assert [s.story_id for s in every.stories] == [2, 1]
    for story in every.stories:
        day = story.published_at
        found = await briefing.evidence(W, DREDGING, since=day, until=day + DAY)
        assert found.stories == (story,)
    assert (
        await briefing.evidence(W, DREDGING, since=NOW - 3 * DAY)
    ).empty is EmptyReason.NOTHING_FOUND


async def test_evidence_can_be_narrowed_to_an_outlet_that_is_named_in_part(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(
        evidence(item(feed_id=1), story=1),
        evidence(item(feed_id=2), story=2),
        evidence(item(feed_id=1), story=2),
    )
    whole = await briefing.evidence(W, DREDGING, source="outlet 2")
    part = await briefing.evidence(W, DREDGING, source="OUTLET")
    other = await briefing.evidence(W, DREDGING, source="Out")
    assert [s.story_id for s in whole.stories] == [2]
    assert whole.stories[0].outlets[0] == "Outlet 2"
    assert {s.story_id for s in part.stories} == {1, 2}
    assert other.empty is EmptyReason.NOTHING_FOUND


async def test_evidence_without_a_hit_says_whether_there_is_none_or_none_like_that(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    assert (await briefing.evidence(W, DREDGING)).empty is EmptyReason.NO_EVIDENCE
    ledger.file(evidence())
    assert (
        await briefing.evidence(W, DREDGING, until=NOW - DAY)
    ).empty is EmptyReason.NOTHING_FOUND


async def test_evidence_published_at_this_very_moment_is_part_of_the_answer(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(item(at=NOW)))
    assert (await briefing.evidence(W, DREDGING)).total == 1
    assert (await briefing.commitment_status(W, DREDGING)).stories == 1


async def test_a_search_tells_what_each_item_is_filed_under(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    one = item("Channel toll waived for dredgers")
    ledger.file(
        evidence(one, commitment="tolls"),
        evidence(one, commitment="dredging"),
        evidence(one, commitment="pilots", verdict=Verdict.REJECTED),
        evidence(one, commitment="gone-from-the-pack"),
    )
    ledger.items.rows.append(item("Channel fog"))
    answer = await briefing.search(W, "channel")
    assert [[topic.id for topic in hit.topics] for hit in answer.hits] == [
        ["dredging", "tolls"],
        [],
    ]


async def test_a_search_without_a_hit_is_not_blamed_on_missing_evidence(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    assert (await briefing.search(W, "nothing")).empty is EmptyReason.NOTHING_FOUND
    ledger.feeds.rows = []
    assert (await briefing.search(W, "nothing")).empty is EmptyReason.NO_FEEDS


async def test_a_digest_covers_commitments_and_whole_summits(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(commitment=c.id, story=n) for n, c in enumerate(PACK.commitments, 1)))
    day = Window(since=NOW - DAY, until=NOW)
    digest = await briefing.digest(W, ("delta", "tolls", "unknown"), day, timezone="Asia/Seoul")
    assert {section.topic.id for section in digest.parent} == {"tolls", "bridge"}
    assert digest.scope == ("Delta meeting", "Ending the tolls")
    assert [topic.id for topic in digest.topics] == ["tolls", "bridge"]


async def test_a_digest_takes_what_was_filed_in_its_window_start_included_end_not(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    for story, filed in enumerate((NOW - 2 * DAY, NOW - DAY, NOW - timedelta(seconds=1), NOW), 1):
        ledger.file(evidence(item(at=filed), story=story, filed_at=filed))
    day = Window(since=NOW - DAY, until=NOW)
    digest = await briefing.digest(W, (), day, timezone="UTC")
    assert {story for _, story in digest.mentions} == {2, 3}


async def test_what_the_ledger_does_not_call_news_is_in_no_digest(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(evidence(item(backlog=True)))
    digest = await briefing.digest(W, (), Window(since=NOW - DAY, until=NOW), timezone="UTC")
    assert not digest.has_news
    assert (await briefing.commitment_status(W, DREDGING)).stories == 1


async def test_a_digest_of_what_is_gone_does_not_say_that_nothing_is_tracked(
    briefing: Briefing,
) -> None:
    day = Window(since=NOW - DAY, until=NOW)
    gone = await briefing.digest(W, ("gone",), day, timezone="UTC")
    assert gone.empty is EmptyReason.NO_LONGER_TRACKED
    assert "Nothing is tracked" not in str([m.text for m in digest_messages(gone)])


async def test_the_overview_shows_each_new_story_once(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    one = item()
    ledger.file(evidence(one), evidence(one, commitment="tolls"))
    answer = await briefing.overview(W)
    assert len(answer.newest) == 1
    assert (answer.summits, answer.commitments) == (2, 4)


async def test_why_shows_the_evidence_and_its_story(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    first, second = evidence(item(feed_id=1)), evidence(item(feed_id=2))
    ledger.file(first, second, evidence(story=2), evidence(commitment="tolls"))
    answer = await briefing.why(W, first.id)
    assert answer.evidence == first
    assert answer.story is not None
    assert set(answer.story.outlets) == {"Outlet 1", "Outlet 2"}
    assert await briefing.same_story(W, second.id) == (second.id, first.id)


async def test_why_works_for_what_was_rejected_and_for_what_left_the_pack(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    rejected = evidence(verdict=Verdict.REJECTED)
    orphan = evidence(commitment="gone", story=3)
    ledger.file(rejected, orphan)
    answer = await briefing.why(W, rejected.id)
    assert (answer.standing, answer.story) == (None, None)
    assert (await briefing.why(W, orphan.id)).topic.title == "gone"
    with pytest.raises(NotFoundError):
        await briefing.why(W, 10**9)


async def test_a_timeline_keeps_the_weightiest_stories_in_the_order_of_time(
    briefing: Briefing, ledger: SmallLedger
) -> None:
    ledger.file(*(evidence(item(at=NOW - n * DAY), story=n) for n in range(1, 51)))
    oldest = NOW - 200 * DAY
    ledger.file(*(evidence(item(at=oldest, feed_id=feed_id), story=99) for feed_id in (1, 2)))
    answer = await briefing.timeline(W, DREDGING)
    shown = [story for month in answer.months for story in month.stories]
    assert (answer.shown, answer.total) == (TIMELINE_STORIES, 51)
    assert shown[0].story_id == 99
    assert shown == sorted(shown, key=lambda story: story.published_at)


async def test_the_pack_is_asked_for_anew_with_every_answer(ledger: SmallLedger) -> None:
    packs = [Pack(), PACK]
    briefing = Briefing(ledger, pack=lambda: packs.pop(0), clock=lambda: NOW)
    assert len((await briefing.status_table(W)).lines) == 0
    assert len((await briefing.status_table(W)).lines) == 4
