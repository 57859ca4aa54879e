"""Edits of feeds.yaml keep comments and order, and lose nothing."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.config import feeds_file as feed_edit
from bot.config.feeds_file import (
    add_feed,
    add_feeds,
    load_feeds,
    move_feed,
    remove_feed,
    set_enabled,
)
from bot.domain.errors import FeedListError
from bot.domain.feed import FeedSpec

TEXT = """\
# Our feeds.
defaults: {every: 30m}
feeds:
  # The big one.
  - url: https://example.org/a.xml
    title: "Example A"  # checked in May
    weight: 1.5
  - url: https://example.org/b.xml
"""


@pytest.fixture
def feeds_file(tmp_path):
    path = tmp_path / "feeds.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def urls(path):
    return [feed.url for feed in load_feeds(path).feeds]


def test_a_new_feed_comes_last_and_every_comment_stays(feeds_file):
    spec = FeedSpec(url="https://example.org/c.xml", title="C: the third", every=timedelta(hours=2))
    result = add_feed(feeds_file, spec)
    assert result.feeds[-1] == spec
    text = feeds_file.read_text(encoding="utf-8")
    assert text.startswith(TEXT)
    assert load_feeds(feeds_file) == result


def test_a_feed_is_taken_off_and_the_others_stay_as_they_were(feeds_file):
    remove_feed(feeds_file, "https://example.org/b.xml")
    text = feeds_file.read_text(encoding="utf-8")
    assert "# checked in May" in text
    assert urls(feeds_file) == ["https://example.org/a.xml"]


def test_a_feed_is_paused_and_goes_on(feeds_file):
    paused = set_enabled(feeds_file, "https://example.org/a.xml", enabled=False)
    assert [feed.enabled for feed in paused.feeds] == [False, True]
    resumed = set_enabled(feeds_file, "https://example.org/a.xml", enabled=True)
    assert all(feed.enabled for feed in resumed.feeds)
    assert feeds_file.read_text(encoding="utf-8") == TEXT


def test_a_feed_listed_under_another_spelling_is_not_added_twice(feeds_file):
    with pytest.raises(FeedListError, match="listed already"):
        add_feed(feeds_file, FeedSpec(url="https://EXAMPLE.org/a.xml"))
    assert feeds_file.read_text(encoding="utf-8") == TEXT


def test_an_address_that_may_not_be_listed_changes_nothing(feeds_file):
    with pytest.raises(FeedListError):
        add_feed(feeds_file, FeedSpec(url="file:///etc/passwd"))
    assert feeds_file.read_text(encoding="utf-8") == TEXT


def test_a_broken_file_is_never_written_over(feeds_file):
    feeds_file.write_text("feeds: [", encoding="utf-8")
    with pytest.raises(FeedListError):
        add_feed(feeds_file, FeedSpec(url="https://example.org/c.xml"))
    assert feeds_file.read_text(encoding="utf-8") == "feeds: ["


def test_an_empty_file_takes_its_first_feed(feeds_file):
    feeds_file.write_text("", encoding="utf-8")
    add_feed(feeds_file, FeedSpec(url="https://example.org/c.xml"))
    assert urls(feeds_file) == ["https://example.org/c.xml"]


def test_the_files_mode_is_kept_and_nothing_is_left_behind(feeds_file):
    feeds_file.chmod(0o640)
    add_feed(feeds_file, FeedSpec(url="https://example.org/c.xml"))
    assert stat.S_IMODE(feeds_file.stat().st_mode) == 0o640
    left = {path.name for path in feeds_file.parent.iterdir()}
    assert left == {"feeds.yaml", ".feeds.yaml.lock"}


def test_edits_at_once_lose_nothing(feeds_file):
    new = [f"https://example.org/new-{number}.xml" for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda url: add_feed(feeds_file, FeedSpec(url=url)), new))
    assert set(new) < set(urls(feeds_file))


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(FeedListError, match=r"nowhere/feeds\.yaml"):
        add_feed(tmp_path / "nowhere" / "feeds.yaml", FeedSpec(url="https://example.org/c.xml"))


def test_a_feed_moves_to_its_new_address(feeds_file):
    result = move_feed(feeds_file, "https://example.org/a.xml", "https://example.net/a.xml")
    assert result.feeds[0].url == "https://example.net/a.xml"
    assert feeds_file.read_text(encoding="utf-8") == TEXT.replace(
        "https://example.org/a.xml", "https://example.net/a.xml"
    )


def test_several_feeds_come_together_or_not_at_all(feeds_file):
    good = [FeedSpec(url=f"https://example.org/{n}.xml") for n in range(3)]
    assert len(add_feeds(feeds_file, tuple(good)).feeds) == 5
    before = feeds_file.read_bytes()
    with pytest.raises(FeedListError):
        add_feeds(feeds_file, (FeedSpec(url="https://example.org/9.xml"), FeedSpec(url="x")))
    assert feeds_file.read_bytes() == before


def test_what_an_editor_saves_during_an_edit_is_not_lost(feeds_file, monkeypatch):
    """Somebody without the lock saves between our reading and our writing."""
    really_added = feed_edit.feed_added
    saved = []

    def added_while_somebody_saves(text, spec, where):
        if not saved:
            saved.append(True)
            by_hand = "  - url: https://example.org/by-hand.xml\n"
            feeds_file.write_text(TEXT + by_hand, encoding="utf-8")
        return really_added(text, spec, where)

    monkeypatch.setattr(feed_edit, "feed_added", added_while_somebody_saves)
    add_feed(feeds_file, FeedSpec(url="https://example.org/c.xml"))
    assert urls(feeds_file)[2:] == [
        "https://example.org/by-hand.xml",
        "https://example.org/c.xml",
    ]


def test_a_file_that_never_holds_still_is_left_alone(feeds_file, monkeypatch):
    really_added = feed_edit.feed_added
    counter = iter(range(100))

    def added_while_somebody_saves(text, spec, where):
        feeds_file.write_text(TEXT + f"# {next(counter)}\n", encoding="utf-8")
        return really_added(text, spec, where)

    monkeypatch.setattr(feed_edit, "feed_added", added_while_somebody_saves)
    with pytest.raises(FeedListError, match="keeps changing"):
        add_feed(feeds_file, FeedSpec(url="https://example.org/c.xml"))
    assert "c.xml" not in feeds_file.read_text(encoding="utf-8")


def test_behind_a_link_the_file_changes_and_the_link_stays(feeds_file, tmp_path):
    folder = tmp_path / "linked"
    folder.mkdir()
    link = folder / "feeds.yaml"
    link.symlink_to(feeds_file)
    add_feed(link, FeedSpec(url="https://example.org/c.xml"))
    assert link.is_symlink()
    assert len(urls(feeds_file)) == 3


def test_a_failure_while_writing_leaves_the_file_as_it_was(feeds_file, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(feed_edit.os, "fsync", full)
    with pytest.raises(FeedListError, match="No space left"):
        add_feed(feeds_file, FeedSpec(url="https://example.org/c.xml"))
    assert feeds_file.read_text(encoding="utf-8") == TEXT
    assert {p.name for p in feeds_file.parent.iterdir()} == {"feeds.yaml", ".feeds.yaml.lock"}
