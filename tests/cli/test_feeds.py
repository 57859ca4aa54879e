"""`briefing feeds` from the command line: the real command, feeds on loopback."""

import asyncio
import contextlib
import json
import os
import pty
import select
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import build
from bot.config.feeds_file import read_feeds_file
from bot.domain.errors import BriefingError
from bot.settings import Settings, load_settings
from tests.ingest.serving import RSS, Server, reply, serving

PACK = "summits: [{id: s, name: S, commitments: [{id: c, title: Talks, text: Talks begin soon.}]}]"
PAGE = (
    b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed">'
    b'<link rel="alternate" type="application/atom+xml" href="/b.xml"></head></html>'
)
OPML = (
    b'<opml><body><outline xmlUrl="https://x.example/f"/><outline xmlUrl="ftp://y"/></body></opml>'
)


@pytest.fixture
async def feeds() -> AsyncIterator[Server]:
    routes = {
        "/feed": reply(),
        "/b.xml": reply(body=RSS.replace(b"Wire", b"Other")),
        "/": reply(body=PAGE, headers={"Content-Type": "text/html"}),
        "/list.opml": reply(body=OPML),
    }
    async with serving(routes) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = "# kept\nfeeds:\n  - url: https://wire.example/feed\n    title: Old wire\n"
    (tmp_path / "feeds.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "commitments.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
def at_home(folder: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line in a folder of its own, with logging left as the tests have it."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("BRIEFING_ALLOW_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(folder)
    monkeypatch.setattr("bot.cli.feeds.settings", load_settings)


async def briefing(*words: str, typed: str | None = None) -> tuple[int, str, str]:
    """Run `briefing feeds ...`: exit status, output, errors."""
    # In a thread, since each command runs a loop of its own; the feeds are served by this one.
    result = await asyncio.to_thread(CliRunner().invoke, build(), ["feeds", *words], input=typed)
    if isinstance(result.exception, BriefingError):
        return 1, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def listed(folder: Path) -> list[str]:
    return [feed.url for feed in read_feeds_file(folder / "feeds.yaml").feeds.feeds]


async def test_a_feed_is_shown_asked_about_and_added(folder: Path, feeds: Server) -> None:
    url = feeds.url("/feed")
    code, out, err = await briefing("add", url, typed="n\n")
    assert (code, listed(folder)) == (1, ["https://wire.example/feed"])
    assert "Talks begin" in out
    assert "under Talks" in out
    assert "--yes" in err
    code, out, _ = await briefing("add", url, "--category", "press", typed="y\n")
    assert code == 0
    added = read_feeds_file(folder / "feeds.yaml").feeds.feeds[-1]
    assert (added.url, added.title, added.category) == (url, "Wire", "press")
    code, out, err = await briefing("add", url, "--yes")
    assert (code, out, "already, as Wire" in err) == (1, "", True)
    code, out, _ = await briefing("history", url)
    assert "added by cli" in out


async def test_a_script_that_cannot_be_asked_is_taken_at_its_word(
    folder: Path, feeds: Server
) -> None:
    code, _, _ = await briefing("add", feeds.url("/feed"))
    assert (code, len(listed(folder))) == (0, 2)
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        code, _, err = await briefing("add", f"http://127.0.0.1:{port}/feed")
    assert (code, "listed unseen" in err, len(listed(folder))) == (3, True, 3)
    code, _, err = await briefing("add", "http://10.0.0.1/feed")
    assert (code, "BRIEFING_ALLOW_NETWORKS" in err, len(listed(folder))) == (1, True, 3)


GUARDED = {
    "localhost-with-dot": "http://localhost./feed",
    "localhost-below": "http://feeds.localhost:8080/feed",
    "localhost-bare": "localhost/feed",
    "address-with-dot": "http://127.0.0.1./feed",
    "address-bare": "10.0.0.1/feed",
    "decimal": "http://2130706433/feed",
    "hexadecimal": "http://0x7f.1/feed",
    "octal": "http://0177.0.0.1/feed",
    "short": "http://127.1/feed",
    "mapped": "http://[::ffff:127.0.0.1]/feed",
    "mapped-in-hexadecimal": "http://[::ffff:7f00:1]/feed",
    "compatible": "http://[::127.0.0.1]/feed",
    "loopback-of-ipv6": "http://[::1]/feed",
    "metadata": "http://169.254.169.254/feed",
    "for-readers": "feed://10.0.0.1/feed",
    "for-readers-before-http": "feed:http://localhost./feed",
    "full-width": "http://１２７.0.0.1/feed",
    "port-of-mail": "http://example.org:25/feed",
    "two-dots": "http://example.org../feed",
}
SECURITY_TABLE = {"test_a_script_lists_nothing_that_the_guard_refuses": GUARDED}


@pytest.mark.parametrize("option", ["--yes", "--unchecked"])
@pytest.mark.parametrize("case", GUARDED)
async def test_a_script_lists_nothing_that_the_guard_refuses(
    folder: Path, case: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFING_ALLOW_NETWORKS", "")
    code, out, _ = await briefing("add", GUARDED[case], option)
    assert (code, out, len(listed(folder))) == (1, "", 1)


async def test_an_address_is_listed_as_browsers_ask_for_it(folder: Path, feeds: Server) -> None:
    code, _, _ = await briefing("add", f"feed:{feeds.url('/feed?only=a|b&x={y}')}", "--yes")
    assert (code, listed(folder)[1:]) == (0, [feeds.url("/feed?only=a%7Cb&x=%7By%7D")])
    code, _, err = await briefing("add", feeds.url("/feed?only=a|b&x={y}"), "--yes")
    assert (code, "on the feed list already" in err) == (1, True)


async def test_a_feed_is_named_before_it_is_taken_off(folder: Path) -> None:
    code, _, err = await briefing("remove", "1", typed="n\n")
    assert (code, len(listed(folder))) == (1, 1)
    assert "https://wire.example/feed" in err


async def test_an_edit_that_the_file_cannot_take_is_said_to_be_kept(folder: Path) -> None:
    file = folder / "feeds.yaml"
    file.chmod(0o444)
    code, out, err = await briefing("remove", "1", "--yes")
    assert (code, "off the feed list" in out) == (0, True)
    assert "cannot be written" in err
    code, out, _ = await briefing("list")
    assert "removed: https://wire.example/feed" in out
    file.chmod(0o644)


async def test_the_list_begins_with_how_many_need_a_look(folder: Path) -> None:
    code, out, _ = await briefing("pause", "1")
    assert code == 0
    _, out, _ = await briefing("list")
    assert "1 feed, 0 failing, 0 silent, 1 paused" in out


@pytest.mark.parametrize("option", ["--title", "--category"])
async def test_an_empty_option_is_refused_by_its_name(folder: Path, option: str) -> None:
    code, _, err = await briefing("add", "https://x.example/f", "--unchecked", option, " \u202e ")
    assert (code, f"{option} is empty" in err, len(listed(folder))) == (1, True, 1)


async def test_of_two_feeds_with_one_title_numbers_and_addresses_are_given(folder: Path) -> None:
    text = (
        "feeds: [{url: https://a.example/f, title: Wire}, {url: https://b.example/f, title: Wire}]"
    )
    (folder / "feeds.yaml").write_text(text)
    code, _, err = await briefing("pause", "“wire”")
    assert code == 1
    assert "1, Wire (https://a.example/f); 2, Wire (https://b.example/f)" in err


def shown_at(terminal: int, until: bytes) -> bytes:
    """What comes at a terminal up to a text, its end, or half a minute of silence."""
    seen = b""
    with contextlib.suppress(OSError):  # Linux says EIO at the end of a terminal
        while until not in seen and select.select([terminal], [], [], 30)[0]:
            if not (more := os.read(terminal, 1024)):
                break
            seen += more
    return seen


def test_a_question_at_a_terminal_ends_with_the_first_interrupt(folder: Path) -> None:
    """A real terminal and a real Ctrl-C: asyncio alone would wait for the answer."""
    program = "from bot.cli.main import main; main()"
    pid, terminal = pty.fork()
    if not pid:
        os.execv(sys.executable, [sys.executable, "-c", program, "feeds", "remove", "1"])
    try:
        assert b"[y/N]" in shown_at(terminal, until=b"[y/N]")
        os.write(terminal, b"\x03")
        seen = shown_at(terminal, until=b"the end never says this")
    finally:
        os.close(terminal)  # hangs up, should it still wait
    _, status = os.waitpid(pid, 0)
    assert b"Nothing was changed" in seen
    assert os.waitstatus_to_exitcode(status) == 1
    assert listed(folder)


async def test_a_number_that_the_list_does_not_have_means_no_feed(folder: Path) -> None:
    (folder / "feeds.yaml").write_text("feeds: [{url: https://wire.example/97, title: A 97}]")
    code, _, err = await briefing("remove", "97")
    assert (code, "no feed 97" in err, len(listed(folder))) == (1, True, 1)


async def test_a_site_with_several_feeds_is_not_guessed(folder: Path, feeds: Server) -> None:
    code, out, err = await briefing("add", feeds.url("/"), "--yes")
    assert code == 1
    assert "2. Other" in out
    assert "address of one of them" in err


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("notaurl", "briefing feeds add: “notaurl” is neither an address nor a site"),
        ("http://10.0.0.1/feed", "private network"),
    ],
)
async def test_what_cannot_be_added_is_said_in_one_line(
    folder: Path, typed: str, says: str
) -> None:
    code, out, err = await briefing("add", typed)
    assert (code, out) == (1, "")
    assert says in err
    assert "\n" not in err


async def test_an_address_is_listed_without_a_look_when_that_is_wanted(folder: Path) -> None:
    code, _, _ = await briefing("add", "https://later.example/feed", "--unchecked")
    assert (code, listed(folder)[-1]) == (0, "https://later.example/feed")
    code, _, _ = await briefing("add", "later.example", "--unchecked")
    assert code == 1
    code, _, err = await briefing("add", "http://169.254.1.1/feed", "--unchecked")
    assert (code, "it leads to a link-local network" in err) == (1, True)
    assert listed(folder)[-1] == "https://later.example/feed"


async def test_the_list_is_shown_for_people_and_for_programs(folder: Path) -> None:
    assert (await briefing("pause", "1"))[0] == 0
    code, out, _ = await briefing("list", "paused", "--json")
    (feed,) = json.loads(out)
    assert code == 0
    assert feed["state"] == "paused"
    assert (feed["number"], feed["title"], feed["enabled"]) == (1, "Old wire", False)
    assert (await briefing("resume", "old wire"))[0] == 0
    code, out, _ = await briefing("list")
    assert "never fetched" in out
    assert "# kept" in (folder / "feeds.yaml").read_text(encoding="utf-8")
    assert (await briefing("remove", "Old wire"))[0] == 0
    assert listed(folder) == []


async def test_a_trial_says_how_a_feed_fares(folder: Path, feeds: Server) -> None:
    code, out, _ = await briefing("test", feeds.url("/feed"), "--json")
    trial = json.loads(out)
    assert (code, trial["ok"], trial["entries"]) == (0, True, 1)
    assert trial["items"][0]["commitments"] == ["Talks"]
    code, out, _ = await briefing("test", feeds.url("/nothing"))
    assert (code, "status 404" in out) == (1, True)


async def test_a_list_is_tried_imported_and_exported(folder: Path, feeds: Server) -> None:
    (folder / "mine.opml").write_bytes(OPML)
    before = listed(folder)
    code, out, _ = await briefing("import", "mine.opml", "--dry-run", "--json")
    plan = json.loads(out)
    assert (code, plan["done"], plan["to_add"]) == (0, False, ["https://x.example/f"])
    assert len(plan["broken"]) == 1
    assert listed(folder) == before
    code, out, _ = await briefing("import", feeds.url("/list.opml"), "--yes")
    assert (code, listed(folder)[-1]) == (0, "https://x.example/f")
    code, out, _ = await briefing("import", "mine.opml")
    assert (code, "0 feeds to add, 1 listed already" in out) == (0, True)
    code, out, _ = await briefing("export")
    assert 'xmlUrl="https://x.example/f"' in out
    code, _, _ = await briefing("export", "out.opml")
    assert (folder / "out.opml").read_bytes().count(b"xmlUrl") == 2
    code, _, err = await briefing("export", "out.opml")
    assert (code, err) == (0, "")
    for other in ("feeds.yaml", "commitments.yaml"):
        before = (folder / other).read_bytes()
        code, _, err = await briefing("export", other)
        assert (code, "is no OPML file" in err) == (1, True)
        assert (folder / other).read_bytes() == before
    code, _, err = await briefing("import", "none.opml")
    assert (code, "cannot be read" in err) == (1, True)
