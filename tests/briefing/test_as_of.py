"""As of a day of the past: what had been published, filed and judged by then."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.briefing import Briefing
from bot.briefing.answers import CommitmentStatus, StatusTable
from bot.domain.assessment import Judgement
from bot.domain.commitment import Scale
from bot.domain.evidence import Direction, Verdict
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filing, Ledger
from tests.briefing.builders import DAY, NOW, PACK
from tests.ledger.builders import (
    ADMIN,
    ANALYST,
    HOUR,
    emptied,
    entry,
    fetched,
    filed,
    listed,
    match,
    pending,
)

DREDGING, TOLLS = PACK.by_id["dredging"], PACK.by_id["tolls"]
DAYS = 6
START = NOW - DAYS * DAY


class Step(NamedTuple):
    """What happens on a day: an item, a verdict, taking one back, an edit, or an assessment."""

    day: int
    what: str
    which: int
    direction: Direction
    sure: bool


STEPS = st.lists(
    st.builds(
        Step,
        day=st.integers(0, DAYS - 1),
        what=st.sampled_from(["item", "item", "item", "verdict", "undo", "edit", "assess"]),
        which=st.integers(0, 30),
        direction=st.sampled_from(Direction),
        sure=st.booleans(),
    ),
    max_size=14,
)


class Desk:
    """A workspace with one feed, its clock, and what it was asked each evening."""

    def __init__(self, ledger: Ledger, workspace: WorkspaceId) -> None:
        self.ledger, self.workspace, self.now = ledger, workspace, START
        self.items = 0
        self.briefing = Briefing(ledger, pack=lambda: PACK, clock=lambda: self.now)

    async def take(self, step: Step) -> None:
        await getattr(self, step.what)(step)

    async def item(self, step: Step) -> None:
        self.items += 1
        await self.bring(f"Report {self.items}", step, key=f"guid:{self.items}")

    async def bring(
        self, title: str, step: Step, *, key: str, published: datetime | None = None
    ) -> None:
        """An item that is published, fetched and filed, or an edit of one."""
        feed = await listed(self.ledger, self.workspace)
        one = entry(key, key=key, title=title, published_at=published or self.now)
        await fetched(self.ledger, feed, [one], at=self.now)
        matches = tuple(
            match(
                name,
                direction=step.direction,
                direction_score=0.9 if step.sure else 0.4,
                sure=step.sure,
            )
            for name in ("dredging", "tolls")[: 1 + step.which % 2]
        )
        for new in await pending(self.ledger, self.workspace):
            known = new.revision > 1
            story = None if step.which % 3 or known else await self._some_story(step)
            filing = Filing(item_id=new.id, revision=new.revision, story_id=story, matches=matches)
            if known:  # an edit does not change what the machine reads: only the text
                before = await self.ledger.evidence.list(
                    self.workspace, item_ids=[new.id], include_rejected=True
                )
                same = tuple(
                    match(e.commitment_id, direction=e.direction, direction_score=e.direction_score,
                          sure=e.sure) for e in before
                )  # fmt: skip
                filing = replace(filing, matches=same)
            await filed(self.ledger, self.workspace, filing, at=self.now)

    async def _some_story(self, step: Step) -> int | None:
        every = await self.ledger.evidence.list(self.workspace, include_rejected=True)
        return every[step.which % len(every)].story_id if every else None

    async def verdict(self, step: Step) -> None:
        every = await self.ledger.evidence.list(self.workspace, include_rejected=True)
        if not every:
            return
        one = every[step.which % len(every)]
        said = [Verdict.REJECTED, Verdict.PROGRESS, Verdict.SETBACK, Verdict.MOVED][step.which % 4]
        moved = "bridge" if said is Verdict.MOVED else None
        await self.ledger.evidence.review(
            self.workspace, [one.id], said, actor=ANALYST, at=self.now, moved_to=moved
        )

    async def undo(self, step: Step) -> None:
        if said := await self.ledger.evidence.reviews(self.workspace):
            act = said[step.which % len(said)].act
            await self.ledger.evidence.undo(self.workspace, act, actor=ADMIN, at=self.now)

    async def edit(self, step: Step) -> None:
        if self.items:
            number = 1 + step.which % self.items
            await self.bring(f"Report {number}, edited on {self.now}", step, key=f"guid:{number}")

    async def assess(self, step: Step) -> None:
        every = await self.ledger.evidence.list(self.workspace, commitments=["dredging"])
        if every:
            judged = Judgement(
                commitment_id="dredging",
                party=[None, "Northland"][step.which % 2],
                scale=Scale.IMPLEMENTATION,
                level=step.which % 4,
                reason="So it is.",
                evidence=(every[0].id,),
            )
            await self.ledger.assessments.add(self.workspace, judged, actor=ANALYST, at=self.now)

    async def answers(
        self, at: datetime | None = None
    ) -> tuple[CommitmentStatus | StatusTable, ...]:
        found = (
            await self.briefing.commitment_status(self.workspace, DREDGING, at=at),
            await self.briefing.commitment_status(self.workspace, TOLLS, at=at),
            await self.briefing.status_table(self.workspace, at=at),
        )
        return tuple(replace(one, as_of=None) for one in found)


async def desk_of(ledger: Ledger) -> Desk:
    desk = Desk(ledger, await ledger.workspaces.first())
    feed = await listed(ledger, desk.workspace)
    # What a feed had before its first fetch is no news; the days begin after it.
    await fetched(ledger, feed, [entry("first", published_at=START - DAY)], at=START - DAY)
    await filed(
        ledger,
        desk.workspace,
        *(Filing(item_id=i.id, revision=i.revision) for i in await pending(ledger, desk.workspace)),
        at=START - DAY,
    )
    return desk


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_day_is_answered_as_it_was_on_that_day(database_url: str, steps: list[Step]) -> None:
    async def live() -> None:
        async with Ledger.opened(database_url) as ledger:
            await emptied(ledger)
            desk = await desk_of(ledger)
            evenings = []
            for day in range(DAYS):
                for hour, step in enumerate(one for one in steps if one.day == day):
                    desk.now = START + day * DAY + hour * HOUR
                    await desk.take(step)
                desk.now = START + day * DAY + 23 * HOUR
                evenings.append((desk.now, await desk.answers()))
            desk.now = NOW + 100 * DAY
            for evening, answers in evenings:
                assert await desk.answers(at=evening) == answers, evening

    asyncio.run(live())


@pytest.fixture
async def desk(ledger: Ledger) -> Desk:
    return await desk_of(ledger)


SURE = Step(day=0, what="item", which=1, direction=Direction.SETBACK, sure=True)


async def test_what_was_fetched_only_later_counts_by_its_date_and_is_marked(desk: Desk) -> None:
    desk.now = NOW
    await desk.bring("Told in time", SURE, key="guid:1", published=NOW - HOUR)
    desk.now = NOW + 30 * DAY
    await desk.bring("Fetched later", SURE, key="guid:2", published=NOW - 2 * HOUR)
    await desk.bring("Published later", SURE, key="guid:3", published=NOW + 2 * DAY)
    then = await desk.briefing.commitment_status(desk.workspace, DREDGING, at=NOW)
    assert [(story.headline, story.late) for story in then.newest] == [
        ("Told in time", 0),
        ("Fetched later", 1),
    ]
    assert then.as_of == then.now == NOW
    now = await desk.briefing.commitment_status(desk.workspace, DREDGING)
    assert [story.late for story in now.newest] == [0, 0, 0]


async def test_a_story_says_how_many_of_its_reports_were_fetched_later(desk: Desk) -> None:
    desk.now = NOW
    await desk.bring("Told in time", SURE, key="guid:1", published=NOW - HOUR)
    joining = SURE._replace(which=3)
    desk.now = NOW + 30 * DAY
    await desk.bring("Fetched later", joining, key="guid:2", published=NOW - 2 * HOUR)
    then = await desk.briefing.commitment_status(desk.workspace, DREDGING, at=NOW)
    assert [(story.items, story.late) for story in then.newest] == [(2, 1)]


async def test_a_later_verdict_or_assessment_does_not_reach_back(desk: Desk) -> None:
    desk.now = NOW
    await desk.bring("Told in time", SURE, key="guid:1")
    desk.now = NOW + DAY
    (one, *_) = await desk.ledger.evidence.list(desk.workspace, commitments=["dredging"])
    await desk.assess(SURE)
    await desk.ledger.evidence.review(
        desk.workspace, [one.id], Verdict.REJECTED, actor=ANALYST, at=desk.now
    )
    then = await desk.briefing.commitment_status(
        desk.workspace, DREDGING, at=NOW + timedelta(hours=1)
    )
    assert [story.evidence_id for story in then.newest] == [one.id]
    assert then.standing == ()
    now = await desk.briefing.commitment_status(desk.workspace, DREDGING)
    assert (now.newest, len(now.standing)) == ((), 1)
