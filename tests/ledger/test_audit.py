from bot.domain.feed import FeedSpec
from bot.ledger import Ledger
from bot.ledger.workspaces import Audit
from tests.ledger.builders import ADMIN, HOUR, NOW, list_feed, unlist_feed


async def test_the_trail_is_newest_first_bounded_and_can_be_narrowed(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    for n in range(4):
        spec = FeedSpec(url=f"https://{n}.example/feed")
        await list_feed(ledger, workspace, spec, actor=ADMIN, at=NOW + n * HOUR)
    await unlist_feed(ledger, workspace, "https://0.example/feed", actor=ADMIN, at=NOW)
    entries = await ledger.audit.list(workspace, limit=3)
    assert [e.subject[8] for e in entries] == ["0", "3", "2"]
    (removal,) = await ledger.audit.list(workspace, action="feed.remove")
    assert len(await ledger.audit.list(workspace, action={"feed.remove", "feed.add"})) == 5
    assert not await ledger.audit.list(workspace, action=())
    assert (removal.actor, removal.before) == (
        ADMIN,
        {"url": "https://0.example/feed", "weight": 1.0, "every_s": 1800, "enabled": True},
    )


def test_the_trail_offers_no_way_to_change_it() -> None:
    assert [name for name in vars(Audit) if not name.startswith("_")] == ["list"]
