"""A poll from the first request to the last evidence, with a slow host among the feeds."""

import asyncio
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from bot.ingest.formats.pool import ParserPool
from bot.ingest.http.client import Fetcher
from bot.ledger import Ledger
from bot.services.commitments import CommitmentsWatcher
from bot.services.filing import MatchRunner
from bot.services.polling import Poller, PollProgress
from tests.ingest.serving import Request, reply, serving
from tests.ledger.builders import NOW, listed
from tests.services.test_filing import PACK

METHANE = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>'
    b"<item><guid>%d</guid><title>Ministers agree to cut methane emissions from gas wells</title>"
    b"<link>https://example.org/%d</link></item></channel></rss>"
)


async def test_a_slow_host_does_not_hold_up_the_news_of_others(
    ledger: Ledger, tmp_path: Path
) -> None:
    pack = tmp_path / "commitments.yaml"
    pack.write_text(PACK, encoding="utf-8")
    filed = asyncio.Event()
    seen: list[int] = []

    def matched(count: int) -> None:
        seen.append(count)
        filed.set()

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await filed.wait()
        await reply(200, METHANE % (2, 2))(request, writer)

    workspace = await ledger.workspaces.first()
    async with serving({"/fast": reply(200, METHANE % (1, 1)), "/slow": slow}) as server:
        for path in ("/slow", "/fast"):
            await listed(ledger, workspace, server.url(path))
        packs = CommitmentsWatcher(ledger, pack, clock=lambda: NOW)
        await packs.load(workspace)
        async with (
            MatchRunner(ledger, packs, clock=lambda: NOW) as filer,
            Fetcher(user_agent="test", allow_networks=(ip_network("127.0.0.0/8"),)) as fetcher,
            ParserPool(processes=1) as parser,
        ):
            poller = Poller(
                ledger, filer, fetcher, parser, clock=lambda: NOW,
                patience=timedelta(milliseconds=1),
            )  # fmt: skip
            summary = await poller.run(
                workspace, everything=True, progress=PollProgress(items=matched)
            )
            assert parser._idle == []  # what they keep of documents does not outlive the poll
    assert (summary.poll.items_new, summary.filing.matched, summary.filing.evidence_new) == (
        2,
        2,
        2,
    )
    assert seen == [1, 2]
