"""Who changed what, and when: pages of the audit trail."""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.briefing.questions import find_subjects
from bot.domain.commitment import Pack
from bot.domain.subscription import AuditEntry
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.services.feeds.list import FeedListService

PAGE = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a page of the trail is about; None does not narrow.

    Attributes:
        person: Slack id.
        commitment: Its id; reviews of its evidence are meant too.
        feed: A title or an address, or a part of one; beside a commitment, what was written:
            a feed of exactly that title is meant first.
    """

    person: str | None = None
    commitment: str | None = None
    feed: str | None = None
    evidence: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditPage:
    """Some entries, newest first, and where the next page begins; None on the last one."""

    entries: tuple[AuditEntry, ...]
    offset: int
    next_offset: int | None


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """Reads the trail."""

    ledger: Ledger
    feeds: FeedListService

    async def page(
        self, workspace: WorkspaceId, about: About, *, offset: int = 0, limit: int = PAGE
    ) -> AuditPage:
        """A page of what was changed.

        Raises:
            NotFoundError: No listed feed has that name, or several have.
        """
        subject = None if about.evidence is None else f"E{about.evidence}"
        commitment = about.commitment
        if about.feed is not None:
            titles = {one.title.casefold(): one.url for one in await self.feeds.listed(workspace)}
            subject = titles.get(about.feed.casefold())
            if subject is not None:
                commitment = None
            elif commitment is None:
                subject = (await self.feeds.find(workspace, about.feed)).url
        found = await self.ledger.audit.list(
            workspace,
            limit=limit + 1,
            offset=offset,
            actor=about.person,
            commitment=commitment,
            subject=subject,
            since=about.since,
        )
        more = len(found) > limit
        return AuditPage(
            entries=found[:limit], offset=offset, next_offset=offset + limit if more else None
        )


def about_words(words: str, pack: Pack, *, since: datetime | None) -> About:
    """What the words after `audit` are about: a person, evidence, a commitment, else a feed.

    >>> about_words("<@U01ANALYST>", Pack(), since=None).person
    'U01ANALYST'
    """
    words = words.strip()
    if person := re.fullmatch(r"(?:<@)?([UW][A-Z0-9]{2,20})(?:\|[^>]*)?>?", words):
        return About(person=person[1], since=since)
    if number := re.fullmatch(r"[eE](\d{1,18})", words):
        return About(evidence=int(number[1]), since=since)
    found = find_subjects(words, pack) if words else None
    if found and len(found.commitments) == 1 and not found.ambiguous:
        return About(commitment=found.commitments[0], feed=words, since=since)
    return About(feed=words or None, since=since)
