"""The current pack: read from its file, kept when the file breaks, replaced when it changes."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from bot.config.commitments_file import load_pack, parse_pack
from bot.config.yaml import Signature, signature_of
from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.errors import PackError
from bot.domain.evidence import Feedback
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger

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

    def pack(self) -> Pack:
        """What is tracked."""
        return self.current.pack

    async def load(self, workspace: WorkspaceId) -> None:
        """Reads the file for the first time; where it is wrong, the ledger's last good pack stays.

        Raises:
            PackError: The file is missing or wrong, and there never was a good one.
        """
        try:
            pack = await self._read(workspace)
        except PackError as error:
            last_good = await self._ledger.commitments.last_good(workspace)
            if last_good is None:
                raise
            pack = parse_pack(last_good, "the last good pack")
            fields = {"problems": len(error.problems), "first": str(error.problems[0])}
            logger.warning("pack file is broken, the last good one stays", extra=fields)
        self.current = CurrentPack(pack, Feedback())

    async def refresh(self, workspace: WorkspaceId) -> bool:
        """Reads the file again if it has changed; True when there is another pack now.

        Raises:
            PackError: The changed file is missing or wrong; the current pack stays. Raised once
                for each change of the file, not at each refresh.
        """
        if signature_of(self._path) == self._signature:
            return False
        pack = await self._read(workspace)
        if pack == self.current.pack:
            return False
        self.current = CurrentPack(pack, self.current.feedback)
        logger.info("pack changed", extra={"commitments": len(pack.commitments)})
        return True

    async def _read(self, workspace: WorkspaceId) -> Pack:
        """The pack in the file, which the ledger keeps as the last good one."""
        self._signature = signature_of(self._path)
        pack = await asyncio.to_thread(load_pack, self._path)
        source = await asyncio.to_thread(self._path.read_text, encoding="utf-8-sig")
        await self._ledger.commitments.keep(
            workspace, source, fingerprint=pack.fingerprint, at=self._clock()
        )
        return pack

    def learn(self, feedback: Feedback) -> None:
        """Matches with this feedback from now on; the empty one takes all learning back."""
        if feedback != self.current.feedback:
            self.current = CurrentPack(self.current.pack, feedback)
