"""Answers to plain questions; Slack and the terminal render them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bot.briefing import Briefing, phrases
from bot.briefing.answers import Answer, CommitmentStatus, EvidenceAnswer, EvidenceTable
from bot.briefing.briefing import PAGE
from bot.briefing.questions import Intent, Question, read_question
from bot.domain.commitment import Commitment, Pack
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

# Commitments that are answered for at once, each in full, when a question names several.
_AT_ONCE = 3
_NOT_JUDGED = "Nobody has assessed this yet, so there is no level; this is what was reported."
# What "anything new?" means where no time is named.
_NEW = timedelta(days=7)
_OF_EVIDENCE = frozenset({Intent.EVIDENCE, Intent.CHANGES})
# What is shown as it stands now: evidence of the time named would be the opposite of a silence.
_AS_IT_STANDS = frozenset({Intent.SILENCE, Intent.ASSESSMENT})


@dataclass(frozen=True, slots=True)
class Answerer:
    """Reads questions, and asks the briefing what they mean to ask."""

    ledger: Ledger
    briefing: Briefing
    pack: Callable[[], Pack]

    async def read(
        self,
        workspace: WorkspaceId,
        text: str,
        *,
        now: datetime,
        asked: Intent | None = None,
        meant: str | None = None,
    ) -> Question:
        """What a text asks at that moment; people name sources by the titles of feeds.

        `asked` and `meant` are as in `read_question`. In a thread: the first one loads the model.
        """
        sources = [feed.title for feed in await self.ledger.feeds.list(workspace)]
        return await asyncio.to_thread(
            read_question,
            text,
            pack=self.pack(),
            now=now,
            sources=sources,
            asked=asked,
            meant=meant,
        )

    async def answers(  # noqa: PLR0911 - an arm an intent
        self, workspace: WorkspaceId, question: Question, *, now: datetime
    ) -> tuple[Answer, ...]:
        """The answers in the order of the commitments asked for; of many, one table.

        Empty when the question is about the bot itself (help, subscriptions), when it is not one
        that the ledger can answer, and when it has to be asked back.

        Raises:
            NotFoundError: It names a piece of evidence that there is not.
        """
        if question.ask_back:
            return ()
        if question.evidence is not None:
            return (await self.briefing.why(workspace, question.evidence),)
        match question.intent:
            case Intent.HELP | Intent.SUBSCRIBE | Intent.UNKNOWN:
                return ()
            case Intent.BRIEF if not (question.commitments or question.is_narrowed):
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
                return await self._of_commitments(workspace, question, now=now)

    async def _of_commitments(
        self, workspace: WorkspaceId, question: Question, *, now: datetime
    ) -> tuple[Answer, ...]:
        pack = self.pack()
        named = [pack.by_id[one] for one in question.commitments if one in pack.by_id]
        if 0 < len(named) <= _AT_ONCE:
            each = [await self._of_one(workspace, question, one) for one in named]
            return tuple(each)
        summit = pack.summit_by_id.get(question.summit) if question.summit else None
        if not _asks_for_evidence(question):
            return (await self.briefing.status_table(workspace, summit),)
        scope = named or (summit.commitments if summit else pack.commitments)
        since, until = _span(question)
        if question.intent is Intent.CHANGES and since is None and until is None:
            since = now - _NEW
        pages = [
            await self._evidence(workspace, question, one, since=since, limit=1) for one in scope
        ]
        table = EvidenceTable(
            pages=tuple(sorted((p for p in pages if p.stories), key=lambda page: -page.total)),
            asked=len(pages),
            since=since,
            until=until,
            direction=question.direction,
            source=question.source,
        )
        return (table,)

    async def _of_one(
        self, workspace: WorkspaceId, question: Question, commitment: Commitment
    ) -> Answer:
        if question.intent is Intent.TIMELINE and not question.is_narrowed:
            return await self.briefing.timeline(workspace, commitment)
        if _asks_for_evidence(question):
            since, _ = _span(question)
            return await self._evidence(workspace, question, commitment, since=since)
        return await self.briefing.commitment_status(workspace, commitment)

    async def _evidence(
        self,
        workspace: WorkspaceId,
        question: Question,
        commitment: Commitment,
        *,
        since: datetime | None,
        limit: int = PAGE,
    ) -> EvidenceAnswer:
        return await self.briefing.evidence(
            workspace,
            commitment,
            since=since,
            until=_span(question)[1],
            direction=question.direction,
            source=question.source,
            offset=(question.page - 1) * PAGE if limit == PAGE else 0,
            limit=limit,
        )


def first_sentence(question: Question, answers: Sequence[Answer]) -> str:
    """What is said before the answers; empty where they speak for themselves."""
    states = [one for one in answers if isinstance(one, CommitmentStatus)]
    unjudged = states and not any(one.standing for one in states)
    return _NOT_JUDGED if unjudged and question.intent is Intent.ASSESSMENT else ""


def reading(question: Question, pack: Pack) -> tuple[str, ...]:
    """How a question was read, a phrase each: what is asked, of what, and what it is narrowed to.

    Titles and outlets are as they are, so not escaped. Words that were not read come last.
    """
    since, until = _span(question)
    titles = [pack.by_id[one].title for one in question.commitments if one in pack.by_id]
    subject = f"{len(titles)} commitments" if len(titles) > _AT_ONCE else " and ".join(titles)
    summit = pack.summit_by_id.get(question.summit or "")
    parts = (
        question.intent.value if question.evidence is None else f"why E{question.evidence}",
        subject or (summit.name if summit else ""),
        *phrases.filters(
            since=since, until=until, direction=question.direction, source=question.source
        ),
        f"page {question.page}" if question.page > 1 else "",
        "as it stands now" if question.intent in _AS_IT_STANDS and question.is_narrowed else "",
        f"not read: {', '.join(question.unread)}" if question.unread else "",
    )
    return tuple(part for part in parts if part)


def _asks_for_evidence(question: Question) -> bool:
    """Whether evidence is asked for, or anything that a status would pass over."""
    narrowed = question.is_narrowed and question.intent not in _AS_IT_STANDS
    return question.intent in _OF_EVIDENCE or narrowed


def _span(question: Question) -> tuple[datetime | None, datetime | None]:
    """From the start of the first day asked for to the end of the last."""
    start, after = (
        datetime.combine(day, time(), tzinfo=UTC) if day else None
        for day in (question.since, question.until)
    )
    return start, after and after + timedelta(days=1)
