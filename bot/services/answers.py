"""Answers to plain questions that were read, whoever renders them."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from bot.briefing import Briefing
from bot.briefing.answers import Answer, EvidenceAnswer
from bot.briefing.briefing import PAGE
from bot.briefing.questions import Intent, Question
from bot.domain.commitment import Commitment, Pack
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

_AT_ONCE = 3
_EACH = 3
_MOST = 5
_OF_EVIDENCE = frozenset({Intent.EVIDENCE, Intent.CHANGES})
_OF_WORKSPACE = frozenset({Intent.BRIEF, Intent.FEEDS, Intent.SEARCH})


class Answerer:
    """Asks the briefing what a question means to ask."""

    def __init__(self, briefing: Briefing, *, pack: Callable[[], Pack]) -> None:
        self._briefing = briefing
        self._pack = pack

    async def answers(self, workspace: WorkspaceId, question: Question) -> tuple[Answer, ...]:
        """The answers in the order of the commitments asked for, three at the most.

        Empty when the question is about the bot itself (help, subscriptions), when it is not one
        that the ledger can answer, and when it has to be asked back.
        """
        if question.ask_back:
            return ()
        if question.intent in _OF_WORKSPACE:
            return (await self._of_workspace(workspace, question),)
        if question.intent in {Intent.HELP, Intent.SUBSCRIBE, Intent.UNKNOWN}:
            return ()
        pack = self._pack()
        named = [pack.by_id[one] for one in question.commitments if one in pack.by_id]
        if not named:
            summit = pack.summit_by_id.get(question.summit) if question.summit else None
            if _is_narrowed(question):
                scope = summit.commitments if summit else pack.commitments
                found = await self._across(workspace, question, scope)
                if found:
                    return found
            return (await self._briefing.status_table(workspace, summit),)
        return tuple(await self._of_commitments(workspace, question, named[:_AT_ONCE]))

    async def _of_workspace(self, workspace: WorkspaceId, question: Question) -> Answer:
        match question.intent:
            case Intent.FEEDS:
                return await self._briefing.feeds(workspace)
            case Intent.SEARCH:
                since = _start(question.since)
                until = _end(question.until)
                return await self._briefing.search(
                    workspace, question.words, since=since, until=until
                )
            case _:
                return await self._briefing.overview(workspace)

    async def _across(
        self, workspace: WorkspaceId, question: Question, scope: Sequence[Commitment]
    ) -> tuple[Answer, ...]:
        """The newest evidence asked for, under the commitments with most of it; maybe none."""
        pages = [await self._evidence(workspace, question, one, limit=_EACH) for one in scope]
        most = sorted(pages, key=lambda page: -page.total)[:_MOST]
        return tuple(page for page in pages if page.stories and page in most)

    async def _evidence(
        self,
        workspace: WorkspaceId,
        question: Question,
        commitment: Commitment,
        *,
        limit: int = PAGE,
    ) -> EvidenceAnswer:
        return await self._briefing.evidence(
            workspace,
            commitment,
            since=_start(question.since),
            until=_end(question.until),
            direction=question.direction,
            source=question.source,
            limit=limit,
        )

    async def _of_commitments(
        self, workspace: WorkspaceId, question: Question, named: Sequence[Commitment]
    ) -> list[Answer]:
        found: list[Answer] = []
        for commitment in named:
            if question.intent is Intent.TIMELINE:
                found.append(await self._briefing.timeline(workspace, commitment))
            elif _is_narrowed(question):
                found.append(await self._evidence(workspace, question, commitment))
            else:
                found.append(await self._briefing.commitment_status(workspace, commitment))
        return found


def _is_narrowed(question: Question) -> bool:
    """Whether evidence is asked for, or anything that a status would pass over."""
    dated = question.since is not None or question.until is not None
    narrowed = dated or question.direction is not None or question.source is not None
    return question.intent in _OF_EVIDENCE or narrowed


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=UTC) if day else None


def _end(day: date | None) -> datetime | None:
    """The end of the last day asked for, which is included."""
    return datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=1) if day else None


async def outlets(ledger: Ledger, workspace: WorkspaceId) -> tuple[str, ...]:
    """Titles of the workspace's feeds, by which people name sources."""
    return tuple(feed.title for feed in await ledger.feeds.list(workspace))
