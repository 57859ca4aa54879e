"""A hand edit that is not taken over is said on the command line, and accepted there."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import build
from bot.settings import Settings, load_settings

PACK = "summits: [{id: s, name: S, commitments: [{id: c, title: Talks, text: Talks begin soon.}]}]"


def lines(count: int) -> str:
    feeds = (f"  - {{url: 'https://x.example/{n}', enabled: false}}\n" for n in range(count))
    return "feeds:\n" + "".join(feeds)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.chdir(tmp_path)
    for module in ("feeds", "poll", "records", "status"):
        monkeypatch.setattr(f"bot.cli.{module}.settings", load_settings)
    (tmp_path / "feeds.yaml").write_text(lines(12), encoding="utf-8")
    (tmp_path / "commitments.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path


async def briefing(*words: str) -> tuple[str, str]:
    """Output and errors of a command that goes well."""
    result = await asyncio.to_thread(CliRunner().invoke, build(), words)
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


async def test_a_list_that_drops_much_is_said_to_wait_until_it_is_accepted(folder):
    _, quiet = await briefing("feeds", "list")
    assert quiet == ""
    (folder / "feeds.yaml").write_text(lines(2), encoding="utf-8")
    for command in (("feeds", "list"), ("poll", "--once")):
        _, said = await briefing(*command)
        assert "drops 10 of 12 feeds" in said
        assert "`briefing accept feeds`" in said
    await briefing("accept", "feeds")
    shown, quiet = await briefing("feeds", "list")
    assert quiet == ""
    assert "2 feeds" in shown


async def test_commitments_that_drop_much_wait_until_they_are_accepted(folder):
    one = "{id: c, title: Talks, text: Talks begin soon.}"
    more = ", ".join(one.replace("id: c", f"id: c{n}") for n in range(4))
    (folder / "commitments.yaml").write_text(PACK.replace(one, f"{one}, {more}"))
    await briefing("status")
    (folder / "commitments.yaml").write_text(PACK)
    shown, _ = await briefing("status", "--json")
    assert len(json.loads(shown)["commitments"]) == 5
    await briefing("accept", "commitments")
    shown, _ = await briefing("status", "--json")
    assert len(json.loads(shown)["commitments"]) == 1


async def test_a_file_that_broke_is_named_with_its_fault(folder):
    await briefing("feeds", "list")
    (folder / "feeds.yaml").write_text("feeds: 3\n", encoding="utf-8")
    _, said = await briefing("feeds", "list")
    assert said.startswith("The list stays as it was: feeds.yaml:1: ")


async def test_moments_in_json_are_iso_8601(folder):
    await briefing("feeds", "list")
    shown, _ = await briefing("feeds", "history", "https://x.example/1", "--json")
    (change,) = json.loads(shown)["changes"]
    assert "T" in change["at"]
    assert datetime.fromisoformat(change["at"]).tzinfo is not None
