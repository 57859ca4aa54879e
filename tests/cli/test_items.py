"""`briefing items`: what a feed became, for people and for programs."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import build
from bot.domain.errors import NotFoundError
from bot.domain.evidence import Direction, Verdict
from bot.ledger import Filing, Ledger
from bot.settings import load_settings
from tests.ledger.builders import (
    ADMIN,
    DAY,
    HOUR,
    NOW,
    entry,
    fetched,
    filed,
    listed,
    match,
    pending,
)

FEEDS = ("https://press.example/feed", "https://wire.example/feed")


def name_of(url: str) -> str:
    return url.removeprefix("https://").partition(".")[0]


@pytest.fixture(autouse=True)
async def stored(home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two feeds; of the first one four items, an old one, an edited one and one with evidence."""
    lines = "".join(f"\n  - {{url: '{url}', title: {name_of(url)}}}" for url in FEEDS)
    (home / "feeds.yaml").write_text(f"feeds:{lines}\n", encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("bot.cli.items.settings", load_settings)
    monkeypatch.chdir(home)
    async with Ledger.opened(database_url) as ledger:
        workspace = await ledger.workspaces.first()
        press, wire = [await listed(ledger, workspace, url, title=name_of(url)) for url in FEEDS]
        old = entry(1, published_at=NOW - 90 * DAY, language=None)
        await fetched(ledger, press, [old, entry(2, title="Long " * 40)], at=NOW - DAY)
        later = [entry(n, published_at=NOW) for n in (3, 4)]
        await fetched(ledger, press, [*later, entry(2, title="Edited")], at=NOW + HOUR)
        await fetched(ledger, wire, [entry(5, published_at=NOW + HOUR)], at=NOW + 2 * HOUR)
        third = next(i for i in await pending(ledger, workspace) if i.title.endswith("3"))
        found = (match("talks", direction=Direction.SETBACK), match("more", sure=False))
        await filed(ledger, workspace, Filing(item_id=third.id, revision=1, matches=found))
        one = next(e for e in await ledger.evidence.list(workspace) if e.commitment_id == "talks")
        await ledger.evidence.review(workspace, [one.id], Verdict.REJECTED, actor=ADMIN, at=NOW)


async def items(*words: str) -> tuple[str, str]:
    """Run `briefing items ...`: output, errors."""
    result = await asyncio.to_thread(CliRunner().invoke, build(), ["items", *words])
    if result.exception is not None:
        raise result.exception
    return result.stdout, result.stderr


async def test_programs_get_a_line_an_item_newest_first_with_its_evidence():
    out, err = await items("--json")
    rows = [json.loads(line) for line in out.splitlines()]

    assert err == ""
    assert [row["title"][-6:] for row in rows] == ["part 5", "part 4", "part 3", "Edited", "part 1"]
    assert rows[2] | {"evidence": []} == {
        "feed": "press",
        "title": "Talks, part 3",
        "url": "https://press.example/3",
        "published": "2019-02-28T08:00:00+00:00",
        "first_seen": "2019-02-28T09:00:00+00:00",
        "news": True,
        "revisions": 1,
        "language": "en",
        "evidence": [],
    }
    said = [(e["commitment"], e["direction"], e["standing"]) for e in rows[2]["evidence"]]
    assert sorted(said) == [("more", "progress", "unsure"), ("talks", "setback", "rejected")]
    assert all(e["id"][0] == "E" and e["id"][1:].isdigit() for e in rows[2]["evidence"])
    assert (rows[3]["revisions"], rows[4]["news"], rows[4]["language"]) == (2, False, None)


async def test_one_feed_is_named_as_in_the_list():
    for name in ("wire", "2", FEEDS[1]):
        out, _ = await items("--feed", name, "--json")
        assert [json.loads(line)["feed"] for line in out.splitlines()] == ["wire"]
    with pytest.raises(NotFoundError):
        await items("--feed", "nobody")


async def test_what_a_limit_leaves_out_is_counted():
    out, err = await items("--limit", "3")
    assert (out.count("Talks, part"), err) == (
        3,
        "2 older items are left out; --limit 5 shows all.\n",
    )
    out, err = await items("--limit", "1", "--json", "--feed", "press")
    assert (len(out.splitlines()), err.partition(" ")[0]) == (1, "3")
    assert (await items("--limit", "5"))[1] == ""


async def test_people_read_it_at_80_columns():
    out, _ = await items()
    assert max(map(len, out.splitlines())) <= 80
    assert "▼ E" in out
    assert "talks, rejected" in out
    assert "· press · revision 2\n    Edited\n" in out
    assert out.count("· backlog") == 1


async def test_pages_join_without_a_gap_or_a_repetition(monkeypatch: pytest.MonkeyPatch):
    whole = await items("--json")
    for size in (1, 2, 3):
        monkeypatch.setattr("bot.cli.items._PAGE", size)
        assert await items("--json") == whole


async def test_an_unknown_workspace_sees_nothing(database_url: str):
    async with Ledger.opened(database_url) as ledger:
        other = await ledger.workspaces.first() + 1
        assert await ledger.items.newest(other, limit=9) == ()
        assert await ledger.items.count(other) == 0
