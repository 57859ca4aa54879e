"""Answers to plain questions; Slack and the terminal render them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bot.briefing import Briefing
from bot.briefing.answers import Answer, EvidenceAnswer
from bot.briefing.briefing import PAGE
from bot.briefing.questions import Intent, Question, read_question
from bot.domain.commitment import Commitment, Pack
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

# Commitments that are answered for at once, when a question names several.
_AT_ONCE = 3
# Of a question that names none: stories under each commitment, and commitments with most of them.
_EACH, _MOST = 3, 5
_OF_EVIDENCE = frozenset({Intent.EVIDENCE, Intent.CHANGES})


@dataclass(frozen=True, slots=True)
class Answerer:
    """Reads questions, and asks the briefing what they mean to ask."""

    ledger: Ledger
    briefing: Briefing
    pack: Callable[[], Pack]

    async def read(self, workspace: WorkspaceId, text: str, *, now: datetime) -> Question:
        """What a text asks at that moment; people name sources by the titles of feeds."""
        sources = [feed.title for feed in await self.ledger.feeds.list(workspace)]
        return read_question(text, pack=self.pack(), now=now, sources=sources)

    async def answers(self, workspace: WorkspaceId, question: Question) -> tuple[Answer, ...]:
        """The answers in the order of the commitments asked for, three at the most.

        Empty when the question is about the bot itself (help, subscriptions), when it is not one
        that the ledger can answer, and when it has to be asked back.
        """
        if question.ask_back:
            return ()
        match question.intent:
            case Intent.HELP | Intent.SUBSCRIBE | Intent.UNKNOWN:
                return ()
            case Intent.BRIEF:
                return (await self.briefing.overview(workspace),)
            case Intent.FEEDS:
                return (await self.briefing.feeds(workspace),)
            case Intent.SEARCH:
                since, until = _span(question)
                found = await self.briefing.search(
                    workspace, question.words, since=since, until=until
                )
                return (found,)
            case _:
                return await self._of_commitments(workspace, question)

    async def _of_commitments(
        self, workspace: WorkspaceId, question: Question
    ) -> tuple[Answer, ...]:
        pack = self.pack()
        named = [pack.by_id[one] for one in question.commitments if one in pack.by_id]
        if named:
            each = [await self._of_one(workspace, question, one) for one in named[:_AT_ONCE]]
            return tuple(each)
        summit = pack.summit_by_id.get(question.summit) if question.summit else None
        if _is_narrowed(question):
            scope = summit.commitments if summit else pack.commitments
            pages = [await self._evidence(workspace, question, one, limit=_EACH) for one in scope]
            most = sorted(pages, key=lambda page: -page.total)[:_MOST]
            if found := tuple(page for page in pages if page.stories and page in most):
                return found
        return (await self.briefing.status_table(workspace, summit),)

    async def _of_one(
        self, workspace: WorkspaceId, question: Question, commitment: Commitment
    ) -> Answer:
        if question.intent is Intent.TIMELINE:
            return await self.briefing.timeline(workspace, commitment)
        if _is_narrowed(question):
            return await self._evidence(workspace, question, commitment)
        return await self.briefing.commitment_status(workspace, commitment)

    async def _evidence(
        self,
        workspace: WorkspaceId,
        question: Question,
        commitment: Commitment,
        *,
        limit: int = PAGE,
    ) -> EvidenceAnswer:
        since, until = _span(question)
        return await self.briefing.evidence(
            workspace,
            commitment,
            since=since,
            until=until,
            direction=question.direction,
            source=question.source,
            limit=limit,
        )


def _is_narrowed(question: Question) -> bool:
    """Whether evidence is asked for, or anything that a status would pass over."""
    dated = question.since is not None or question.until is not None
    narrowed = dated or question.direction is not None or question.source is not None
    return question.intent in _OF_EVIDENCE or narrowed


def _span(question: Question) -> tuple[datetime | None, datetime | None]:
    """From the start of the first day asked for to the end of the last."""
    start, after = (
        datetime.combine(day, time(), tzinfo=UTC) if day else None
        for day in (question.since, question.until)
    )
    return start, after and after + timedelta(days=1)
