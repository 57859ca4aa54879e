"""The pack in force: read from its file, kept when the file breaks, swapped when it changes."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from bot.config.commitments_file import load_pack, parse_pack
from bot.config.watch import Signature, signature_of
from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.errors import PackError
from bot.domain.feedback import Feedback
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CurrentPack:
    """A pack, and what people said of earlier matches: what is matched by from here on.

    Attributes:
        pack: What is tracked.
        feedback: What people said of earlier matches.
    """

    pack: Pack
    feedback: Feedback


class CommitmentsWatcher:
    """Holds the pack in force.

    `load` must be awaited before anything else is asked. `refresh` reads the file again when it has
    changed; when it is broken then, the last good pack stays in force and the error is given to the
    caller to tell the admins.
    """

    def __init__(
        self,
        ledger: Ledger,
        path: Path,
        *,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._path = path
        self._clock = clock
        self._in_force: CurrentPack | None = None
        self._signature: Signature | None = None

    @property
    def current(self) -> CurrentPack:
        """The pack in force."""
        if self._in_force is None:
            raise RuntimeError("CommitmentsWatcher.load was not awaited")
        return self._in_force

    @property
    def pack(self) -> Pack:
        """Shorthand for `current.pack`."""
        return self.current.pack

    async def load(self, workspace: WorkspaceId) -> PackError | None:
        """Read the file for the first time.

        Returns:
            What is wrong with the file where the last good pack, which the ledger keeps, had to
            take its place; None when it is well.

        Raises:
            PackError: The file is missing or wrong, and there never was a good one.
        """
        self._signature = signature_of(self._path)
        broken: PackError | None = None
        try:
            pack = await asyncio.to_thread(load_pack, self._path)
        except PackError as error:
            last_good = await self._ledger.commitments.last_good(workspace)
            if last_good is None:
                raise
            broken, pack = error, parse_pack(last_good, "the last good pack")
            logger.warning("pack file is broken, the last good one stays", extra=_fields(error))
        else:
            await self._keep(workspace, pack)
        self._in_force = CurrentPack(pack, Feedback())
        return broken

    async def refresh(self, workspace: WorkspaceId) -> bool:
        """Read the file again if it has changed since the last look.

        Returns:
            True when another pack is in force now.

        Raises:
            PackError: The changed file is missing or wrong; the pack in force stays. Raised once
                for each change of the file, not at each look.
        """
        signature = signature_of(self._path)
        if signature == self._signature:
            return False
        self._signature = signature
        pack = await asyncio.to_thread(load_pack, self._path)
        before = self.current
        if pack.fingerprint == before.pack.fingerprint:
            return False
        await self._keep(workspace, pack)
        self._in_force = CurrentPack(pack, before.feedback)
        logger.info("pack changed", extra={"commitments": len(pack.commitments)})
        return True

    async def _keep(self, workspace: WorkspaceId, pack: Pack) -> None:
        source = await asyncio.to_thread(self._path.read_text, encoding="utf-8-sig")
        await self._ledger.commitments.keep(
            workspace, source, fingerprint=pack.fingerprint, at=self._clock()
        )

    async def learn(self, feedback: Feedback) -> None:
        """Match with this feedback from now on; the empty one takes all learning back."""
        if feedback != self.current.feedback:
            self._in_force = CurrentPack(self.current.pack, feedback)


def _fields(error: PackError) -> dict[str, object]:
    return {"problems": len(error.problems), "first": str(error.problems[0])}
