"""`briefing check` names everything at once."""

import asyncio
import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from bot.cli.check import inspect
from bot.cli.main import build
from bot.domain.errors import InputError, LedgerError
from bot.ledger import Ledger
from bot.ledger.db import migrate
from bot.settings import Settings
from tests.ledger.builders import MORNINGS, NOW
from tests.ledger.db.test_accidents import at_older_version, damaged, version_of

PACK = (
    "summits: [{id: s, name: S, commitments: [{id: c, title: Title, text: A long enough text.}]}]"
)


@pytest.fixture(autouse=True)
def files(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feeds.yaml").write_text("feeds: [{url: https://example.org/a.xml}]")
    (tmp_path / "commitments.yaml").write_text(PACK)
    return tmp_path


def test_all_is_well():
    assert inspect()[0] == []


def test_a_wrong_variable_does_not_hide_what_is_wrong_with_the_files(monkeypatch, files):
    monkeypatch.setenv("PORT", "99999")
    (files / "feeds.yaml").write_text("feeds:\n  - title: no address\n")
    (files / "commitments.yaml").write_text("summits: 3")
    assert [p.where for p in inspect()[0]] == ["PORT", "feeds.yaml", "commitments.yaml"]


def test_an_empty_feed_list_is_a_problem(files):
    (files / "feeds.yaml").write_text("")
    assert [p.what for p in inspect()[0]] == ["it lists no feeds"]


def test_a_list_that_was_emptied_on_purpose_is_a_warning_only(files):
    (files / "feeds.yaml").write_text("feeds: []\n")
    result = CliRunner().invoke(build(), ["check"])
    assert result.exit_code == 0
    assert "warning: feeds.yaml: it lists no feeds" in result.stdout
    assert "All is well" not in result.stdout
    found = json.loads(CliRunner().invoke(build(), ["check", "--json"]).stdout)
    assert [(one["what"], one["warning"]) for one in found] == [("it lists no feeds", True)]


def test_half_of_a_slack_set_up_is_a_problem(monkeypatch):
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert [p.where for p in inspect()[0]] == ["SLACK_BOT_TOKEN"]
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.delenv("SLACK_APP_TOKEN")
    assert [p.where for p in inspect()[0]] == ["SLACK_APP_TOKEN"]


def test_a_bot_set_up_for_real_should_say_who_runs_it(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert [p.where for p in inspect()[1]] == ["BRIEFING_CONTACT", "BRIEFING_ADMINS"]
    monkeypatch.setenv("BRIEFING_CONTACT", "https://example.org/bot")
    monkeypatch.setenv("BRIEFING_ADMINS", "U01ADMIN")
    assert list(inspect()[1]) == []


def test_a_feed_that_will_never_be_fetched_is_a_warning(files, monkeypatch):
    urls = ("https://example.org/a.xml", "http://169.254.1.1/f", "http://127.0.0.1:8000/f")
    (files / "feeds.yaml").write_text("feeds:" + "".join(f"\n  - url: {url}" for url in urls))
    link_local, loopback = inspect()[1]
    assert "http://169.254.1.1/f is refused: it leads to a link-local" in link_local.what
    assert "http://127.0.0.1:8000/f is refused" in loopback.what
    monkeypatch.setenv("BRIEFING_ALLOW_NETWORKS", "127.0.0.0/8")
    assert list(inspect()[1]) == [link_local]


def ledger_problems():
    return [p.what for p in inspect()[0] if p.where == "DATABASE_URL"]


def test_a_ledger_that_can_be_used_or_made_is_well_and_none_is_made(files, monkeypatch):
    assert ledger_problems() == []
    assert not (files / "data").exists()
    assert CliRunner().invoke(build(), ["db", "upgrade"]).exit_code == 0
    assert ledger_problems() == []
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@127.0.0.1:1/nobody-asks")
    assert ledger_problems() == []


def test_a_ledger_that_cannot_be_used_is_a_problem(files, monkeypatch):
    (files / "data").write_text("a file")
    assert ledger_problems() == ["the ledger's folder data cannot be made: data is a file"]
    (files / "letter.db").write_text("a letter, not a database\n" * 100)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///letter.db")
    (problem,) = ledger_problems()
    assert "letter.db is no ledger, or is damaged" in problem


def test_an_emptied_or_damaged_ledger_is_a_problem(files, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///ledger.db")
    assert CliRunner().invoke(build(), ["db", "upgrade"]).exit_code == 0
    file = files / "ledger.db"
    whole = file.read_bytes()
    damaged(file, "alembic_version")
    (problem,) = ledger_problems()
    assert "ledger.db is damaged" in problem
    file.write_bytes(b"")
    (problem,) = ledger_problems()
    assert "ledger.db is empty (0 bytes)" in problem
    file.write_bytes(whole)
    assert ledger_problems() == []


def test_a_ledger_too_large_to_be_read_through_is_said_to_be_so(files, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///ledger.db")
    assert CliRunner().invoke(build(), ["db", "upgrade"]).exit_code == 0
    monkeypatch.setattr("bot.cli.check._READ_THROUGH", timedelta(0))
    monkeypatch.setattr("bot.ledger.db.database._STEPS", 10)
    result = CliRunner().invoke(build(), ["check"])
    assert (result.exit_code, "not to its end" in result.stderr) == (0, True)


READING = (
    ["status"],
    ["feeds", "list"],
    ["items"],
    ["digest", "--preview"],
    ["digest", "--preview", "--as-of", "2019-03-01"],
    ["export", "evidence"],
)


@pytest.mark.parametrize("words", [*READING, ["poll", "--once"]], ids=" ".join)
def test_a_command_leaves_an_older_schema_alone_and_says_what_to_run(
    empty_database_url, monkeypatch, words
):
    asyncio.run(at_older_version(empty_database_url))
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setattr("bot.cli.console.set_up_logging", lambda *_, **__: None)
    result = CliRunner().invoke(build(), words)
    assert isinstance(result.exception, LedgerError)
    assert "run `briefing db upgrade`" in str(result.exception)
    assert asyncio.run(version_of(empty_database_url)) == migrate.revisions()[-2]
    upgrade = CliRunner().invoke(build(), ["db", "upgrade"])
    is_kept = "is kept as" in upgrade.stdout
    assert (upgrade.exit_code, is_kept) == (0, empty_database_url.startswith("sqlite"))
    assert CliRunner().invoke(build(), words).exit_code == 0


def test_a_folder_that_may_not_be_written_is_named(files, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    (problem,) = ledger_problems()
    assert f"nothing can be written in {files.resolve()}" in problem


def test_a_digest_of_a_day_to_come_is_refused_with_a_sentence(files, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///ledger.db")
    assert CliRunner().invoke(build(), ["db", "upgrade"]).exit_code == 0
    result = CliRunner().invoke(build(), ["digest", "--preview", "--as-of", "9999-01-01"])
    assert isinstance(result.exception, InputError)
    assert "has not come yet" in str(result.exception)


async def subscribe_to_the_gone(url: str) -> None:
    async with Ledger.opened(url, create=False) as ledger:
        workspace = await ledger.workspaces.first()
        for names in (("c", "old-name"), ("old-name",), ()):
            await ledger.subscriptions.add(
                workspace, "C01BRIEFS", names, MORNINGS, actor="U1", at=NOW
            )


def test_subscriptions_that_name_what_is_gone_are_a_warning(monkeypatch, database_url):
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert inspect()[1] == []
    asyncio.run(subscribe_to_the_gone(database_url))
    _, (warning,) = inspect()
    assert warning.where == "commitments.yaml"
    assert warning.what == (
        '"old-name" is not tracked, but subscriptions name it: 1 to C01BRIEFS, 2 to C01BRIEFS'
    )
    assert "was: old-name" in warning.fix


def test_without_a_ledger_nothing_is_made_to_look_for_subscriptions(files):
    assert inspect()[1] == []
    assert not (files / "data").exists()
