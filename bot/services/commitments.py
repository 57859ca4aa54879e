"""The current pack: read from its file, kept when the file breaks, replaced when it changes.

An editor or a deployment may write the file in several steps, and what was cut short may be a whole
pack of fewer commitments. So a changed file is taken up once it has not been written for ten
seconds, and one that drops more than a fifth of the commitments, and at least two, waits for an
admin's word: the last good pack stays, and admins are alerted.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.briefing.scope import scope_names
from bot.config.commitments_file import parse_pack
from bot.config.yaml import Signature, held, is_quiet, read_text, signature_of
from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.errors import HeldError, NotFoundError, PackError
from bot.domain.evidence import Feedback
from bot.domain.subscription import DeliveryKind, NewDelivery, Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.ledger.commitments import Follow
from bot.slack.messages.subscriptions import gone_message

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CurrentPack:
    """What is matched by now.

    Attributes:
        pack: What is tracked.
        feedback: What people said of earlier matches.
    """

    pack: Pack
    feedback: Feedback


class CommitmentsWatcher:
    """Holds the current pack.

    Attributes:
        current: The pack and the reviews that are matched by; `load` sets it.
    """

    current: CurrentPack

    def __init__(self, ledger: Ledger, path: Path, clock: Clock) -> None:
        self._ledger = ledger
        self._path = path
        self._clock = clock
        self._signature: Signature | None = None
        self._held: HeldError | None = None
        self._held_beside: str | None = None  # the last good pack that it drops much of

    def pack(self) -> Pack:
        """What is tracked."""
        return self.current.pack

    async def load(self, workspace: WorkspaceId) -> None:
        """Reads the file for the first time; where it is wrong, or drops much, the last good stays.

        Raises:
            PackError: The file is missing or wrong, and there never was a good one.
        """
        try:
            pack = await self._read(workspace)
        except (PackError, HeldError) as error:
            last_good = await self._last_good(workspace)
            if last_good is None:
                raise
            pack = last_good
            fields = {"problems": len(error.problems), "first": str(error.problems[0])}
            logger.warning("pack file is not taken up, the last good one stays", extra=fields)
        self.current = CurrentPack(pack, Feedback())

    async def refresh(self, workspace: WorkspaceId) -> bool:
        """Reads the file again if it has changed; True when there is another pack now.

        Raises:
            PackError: The changed file is missing or wrong; the current pack stays. Raised once
                for each change of the file, not at each refresh.
            HeldError: It drops so much that it waits for an admin's word. Raised at each refresh.
        """
        now = signature_of(self._path)
        if now == self._signature:
            if self._held is None:
                return False
            if await self._ledger.commitments.last_good(workspace) == self._held_beside:
                raise self._held  # no other process was told to take it
        if now is not None and now != self._signature and not is_quiet(now):
            return False  # somebody writes it
        was_held = self._held is not None
        changed = self._use(await self._read(workspace))
        return changed or was_held

    async def accept(
        self, workspace: WorkspaceId, *, actor: str, fingerprint: str | None = None
    ) -> Pack:
        """Takes the file at its word although it drops much, as an admin says; see `HeldError`.

        `fingerprint` is of the pack that the admin was shown; None for whatever the file says.

        Raises:
            NotFoundError: No change waits.
            HeldError: Another one does by now.
        """
        try:
            self._use(await self._read(workspace))
        except HeldError as drop:
            if fingerprint not in {None, drop.fingerprint}:
                raise
            self._use(await self._read(workspace, accepted=actor, as_shown=drop.fingerprint))
            return self.current.pack
        raise NotFoundError("No change of the commitments waits for a word.")

    def _use(self, pack: Pack) -> bool:
        """Tracks what the pack says from now on; False when that is nothing new."""
        if pack == self.current.pack:
            return False
        learned = [
            replace(one, commitment_id=pack.renamed.get(one.commitment_id, one.commitment_id))
            for one in self.current.feedback.reviews
        ]
        self.current = CurrentPack(pack, Feedback(tuple(learned)))
        logger.info("pack changed", extra={"commitments": len(pack.commitments)})
        return True

    async def _read(
        self, workspace: WorkspaceId, *, accepted: str | None = None, as_shown: str | None = None
    ) -> Pack:
        """The pack in the file, which the ledger keeps as the last good one.

        `accepted` is the admin who agrees to what the pack of the fingerprint `as_shown` drops.
        """
        self._signature, self._held = signature_of(self._path), None
        text = await asyncio.to_thread(read_text, self._path, PackError)
        pack = await asyncio.to_thread(parse_pack, text, str(self._path))
        before = await self._last_good(workspace)
        drop = self._drop(pack, before)
        agreed = drop is not None and drop.fingerprint == as_shown
        if drop is not None and not agreed:
            self._held_beside = await self._ledger.commitments.last_good(workspace)
            self._held = drop
            raise drop
        await self._ledger.commitments.keep(
            workspace,
            text,
            fingerprint=pack.fingerprint,
            at=self._clock(),
            accepted_by=accepted if agreed else None,
            follow=self._follow(pack, before),
        )
        return pack

    def _follow(self, pack: Pack, before: Pack | None) -> Follow:
        """What the pack means for subscriptions and evidence, and how owners hear of it."""

        def word(subscription: Subscription, lost: Sequence[str], goes_on: bool) -> NewDelivery:
            message = gone_message(
                subscription, scope_names(lost, before or pack) or lost, goes_on=goes_on
            )
            moment = self._clock().isoformat(timespec="seconds")
            return NewDelivery(
                key=f"alert:gone:{subscription.id}:{moment}",
                kind=DeliveryKind.ALERT,
                target=subscription.created_by,
                payloads=(message.payload(),),
            )

        return Follow(
            ids=pack.ids, before=before.ids if before else (), renamed=pack.renamed, word=word
        )

    def _drop(self, pack: Pack, before: Pack | None) -> HeldError | None:
        """The error of a pack that drops more of the last good one than it may."""
        listed = before.commitments if before else ()
        kept = pack.by_id.keys() | pack.renamed.keys()
        lost = [one.id for one in listed if one.id not in kept]
        fingerprint = pack.fingerprint
        return held("commitments", self._path, lost, len(listed), fingerprint=fingerprint)

    async def _last_good(self, workspace: WorkspaceId) -> Pack | None:
        """The newest pack of the ledger; None when there never was one that can still be read."""
        text = await self._ledger.commitments.last_good(workspace)
        if text is None:
            return None
        try:
            return await asyncio.to_thread(parse_pack, text, "the last good pack")
        except PackError as error:  # an earlier version of the bot allowed more
            logger.warning("last good pack cannot be read", extra={"why": str(error)})
            return None

    def learn(self, feedback: Feedback) -> None:
        """Matches with this feedback from now on; the empty one takes all learning back."""
        if feedback != self.current.feedback:
            self.current = CurrentPack(self.current.pack, feedback)
