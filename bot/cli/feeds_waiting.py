"""A changed feeds.yaml that is not taken up yet: said on standard error, so that nobody wonders."""

import asyncio

from bot.bootstrap import Core
from bot.cli.console import err
from bot.services.feeds.guard import waiting


async def say_waiting(core: Core) -> None:
    """One line where the list in force is not what the file says; nothing where it is."""
    listed = {feed.url for feed in await core.ledger.feeds.list(core.workspace)}
    kept = [one.edit for one in await core.feeds.kept(core.workspace)]
    path = core.settings.feeds_file
    if sentence := await asyncio.to_thread(waiting, path, listed, kept=kept):
        err.print(sentence, markup=False, highlight=False, soft_wrap=True)
