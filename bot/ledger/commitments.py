"""The commitments that were in force, as their file (the pack) was written.

With a new pack goes, in the same transaction, what it means for what is stored: what an earlier id
had belongs to the new one, and subscriptions to what is gone rest until it is back.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from bot.domain.subscription import AuditEntry, NewDelivery, Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes
from bot.ledger.db.rows import hold
from bot.ledger.db.tables import packs
from bot.ledger.deliveries import put_delivery, rename_mentions
from bot.ledger.evidence import rename_evidence
from bot.ledger.subscriptions import change, standing
from bot.ledger.workspaces import accepted_entry, note

# Why a subscription rests whose commitments and summits are all gone; it wakes when one is back.
GONE: Final = "What it is about is no longer tracked."


@dataclass(frozen=True, kw_only=True, slots=True)
class Follow:
    """What a new pack means for what is stored.

    Attributes:
        ids: Of all its commitments and summits; `before` those of the pack before.
        renamed: Its ids by the earlier ones.
        word: The message to the owner of a subscription about the ids that it loses, and whether
            it goes on with the rest.
    """

    ids: Collection[str]
    before: Collection[str]
    renamed: Mapping[str, str]
    word: Callable[[Subscription, Sequence[str], bool], NewDelivery]


class Commitments(Repository):
    """The packs of every workspace, none ever overwritten."""

    @writes
    def keep(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        source: str,
        *,
        fingerprint: str,
        at: datetime,
        accepted_by: str | None = None,
        follow: Follow | None = None,
    ) -> bool:
        """Keep the text of the pack that is in force now; False when it is the newest already.

        The text was read without a problem; its fingerprint is `Pack.fingerprint`. `accepted_by` is
        the admin who agreed to what it drops, and `follow` what it means for what is stored;
        None for nothing.
        """
        hold(connection, workspace)
        newest = select(packs.c.fingerprint).where(packs.c.workspace_id == workspace)
        if connection.scalar(newest.order_by(packs.c.id.desc()).limit(1)) == fingerprint:
            return False
        row = {"workspace_id": workspace, "fingerprint": fingerprint, "source": source, "at": at}
        connection.execute(insert(packs), row)
        if accepted_by is not None:
            entry = accepted_entry("commitments", fingerprint, actor=accepted_by, at=at)
            note(connection, workspace, [entry])
        if follow is not None:
            for old, name in follow.renamed.items():
                _rename(connection, workspace, old, name, at=at)
            _rest_or_wake(connection, workspace, follow, at=at)
        return True

    @reads
    def last_good(self, connection: Connection, workspace: WorkspaceId) -> str | None:
        """The text of the newest pack; None when there never was one."""
        newest = select(packs.c.source).where(packs.c.workspace_id == workspace)
        return connection.scalar(newest.order_by(packs.c.id.desc()).limit(1))


def _rename(
    connection: Connection, workspace: WorkspaceId, old: str, name: str, *, at: datetime
) -> None:
    """Let what was stored under an earlier id of a commitment or summit go on under its new one."""
    number = rename_evidence(connection, workspace, old, name, at=at)
    rename_mentions(connection, workspace, old, name)
    followed = 0
    for before in standing(connection, workspace):
        if old in before.commitments:
            ids = [name if one == old else one for one in before.commitments]
            chosen = tuple(dict.fromkeys(ids))
            after = replace(before, commitments=chosen)
            change(connection, workspace, before, after, "rename", actor="file", at=at)
            followed += 1
    if number or followed:
        entry = AuditEntry(
            at=at,
            actor="file",
            action="commitment.rename",
            subject=name,
            before={"id": old},
            after={"id": name, "evidence": number, "subscriptions": followed},
        )
        note(connection, workspace, [entry])


def _rest_or_wake(
    connection: Connection, workspace: WorkspaceId, follow: Follow, *, at: datetime
) -> None:
    """Put subscriptions to rest that have nothing left, and wake those that have again.

    Owners hear what their subscriptions lost.
    """
    for before in standing(connection, workspace):
        left = [one for one in before.commitments if one in follow.ids]
        is_gone = bool(before.commitments) and not left
        if before.suspended == GONE and not is_gone:
            after = replace(before, suspended=None)
            change(connection, workspace, before, after, "wake", actor="file", at=at)
        elif before.suspended is None:
            if is_gone:
                after = replace(before, suspended=GONE)
                change(connection, workspace, before, after, "park", actor="file", at=at)
            gone = [one for one in before.commitments if one not in follow.ids]
            lost = gone if is_gone else [one for one in gone if one in follow.before]
            if lost:
                put_delivery(connection, workspace, follow.word(before, lost, not is_gone), at=at)
