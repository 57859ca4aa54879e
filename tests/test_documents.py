"""The papers are in step with the code."""

import json
import re
import tomllib
from pathlib import Path

import typer.main

from bot.cli.main import build
from bot.settings import Settings
from handlers.commands import COMMANDS
from handlers.feeds import FEED_COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_readme():
    missing = [name.upper() for name in Settings.model_fields if f"`{name.upper()}`" not in README]
    assert not missing


def test_every_variable_of_the_readme_is_a_setting():
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `([A-Z_]+)`", table, flags=re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_every_command_is_in_the_readme_and_has_an_example():
    group = typer.main.get_command(build())
    for name, command in group.commands.items():
        assert f"`briefing {name}" in README, name
        for part in getattr(command, "commands", {name: command}).values():
            assert "Example: briefing" in (part.help or ""), part.name


def test_every_word_in_slack_is_in_the_readme():
    words = [*COMMANDS, *(f"feeds {word}" for word in FEED_COMMANDS if word != "list")]
    missing = [word for word in words if f"`/briefing {word}" not in README]
    assert not missing


def test_every_make_target_explains_itself():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## ", makefile, flags=re.MULTILINE), target


def test_every_dependency_has_a_reason():
    decisions = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    line = re.compile(r'^    "([a-z-]+(?:\.yaml)?)(?:\[[a-z]+\])?>=', flags=re.MULTILINE)
    names = line.findall(pyproject)
    assert len(names) > 20
    assert not [name for name in names if name not in decisions]


def test_the_wheel_holds_the_bot_and_not_the_sandbox():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = pyproject["tool"]["hatch"]["build"]
    assert build == {
        "dev-mode-dirs": ["."],
        "targets": {"wheel": {"packages": ["bot", "handlers"]}},
    }


def test_the_locks_name_no_host_and_hash_everything():
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        pins = re.findall(r"^[a-z0-9-]+(?:\[[a-z]+\])?==", text, flags=re.MULTILINE)
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)


def test_the_manifest_asks_for_what_the_bot_uses_and_no_more():
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == {
        "app_mentions:read", "chat:write", "commands", "files:read", "files:write", "im:write",
        "users:read",
        "channels:history", "groups:history", "im:history",
    }  # fmt: skip
    assert [c["command"] for c in manifest["features"]["slash_commands"]] == ["/briefing"]
    assert len(manifest["display_information"]["long_description"]) >= 174
    assert len(manifest["display_information"]["description"]) <= 140


def test_documents_link_only_to_files_that_are_there():
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_documents_name_only_places_that_are_there():
    for name in ("docs/architecture.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        places = re.findall(r"`((?:bot|handlers|sandbox|bench|tests|docs)/[\w./]*)`", text)
        assert len(places) > 10
        assert not [place for place in places if not (ROOT / place).exists()], name
