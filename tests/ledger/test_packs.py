from bot.ledger import Ledger
from tests.ledger.builders import HOUR, NOW


async def test_each_pack_is_kept_once_and_the_newest_is_the_last_good(ledger: Ledger) -> None:
    w = await ledger.workspaces.first()
    assert await ledger.packs.last_good(w) is None
    assert await ledger.packs.keep(w, "first", fingerprint="a", at=NOW)
    assert not await ledger.packs.keep(w, "first", fingerprint="a", at=NOW + HOUR)
    assert await ledger.packs.keep(w, "second", fingerprint="b", at=NOW + HOUR)
    assert await ledger.packs.last_good(w) == "second"
    assert await ledger.packs.keep(w, "first", fingerprint="a", at=NOW + 2 * HOUR)
    assert await ledger.packs.last_good(w) == "first"
