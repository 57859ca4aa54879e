from bot.ledger import Ledger
from tests.ledger.builders import HOUR, NOW


async def test_each_pack_is_kept_once_and_the_newest_is_the_last_good(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    assert await ledger.commitments.last_good(workspace) is None
    assert await ledger.commitments.keep(workspace, "first", fingerprint="a", at=NOW)
    assert not await ledger.commitments.keep(workspace, "first", fingerprint="a", at=NOW + HOUR)
    assert await ledger.commitments.keep(workspace, "second", fingerprint="b", at=NOW + HOUR)
    assert await ledger.commitments.last_good(workspace) == "second"
    assert await ledger.commitments.keep(workspace, "first", fingerprint="a", at=NOW + 2 * HOUR)
    assert await ledger.commitments.last_good(workspace) == "first"
