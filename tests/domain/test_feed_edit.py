"""Edits over a feed list."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.feed import FeedList, FeedSpec
from bot.domain.feed_edit import (
    FeedEdit,
    FeedEditKind,
    KeptEdit,
    edited,
    needed,
)


def add_edit(spec: FeedSpec) -> FeedEdit:
    return FeedEdit(kind=FeedEditKind.ADD, url=spec.url, spec=spec)


def remove_edit(url: str) -> FeedEdit:
    return FeedEdit(kind=FeedEditKind.REMOVE, url=url)


def enable_edit(url: str, *, enabled: bool) -> FeedEdit:
    return FeedEdit(kind=FeedEditKind.RESUME if enabled else FeedEditKind.PAUSE, url=url)


def move_edit(url: str, to: str) -> FeedEdit:
    return FeedEdit(kind=FeedEditKind.MOVE, url=url, spec=FeedSpec(url=to))


URLS = [f"https://{name}.example/feed" for name in "abcd"]
urls = st.sampled_from(URLS)
specs = st.builds(FeedSpec, url=urls, enabled=st.booleans())
lists = st.lists(specs, max_size=4, unique_by=lambda spec: spec.url).map(
    lambda some: FeedList(feeds=tuple(some))
)
edits = st.one_of(
    specs.map(add_edit),
    urls.map(remove_edit),
    st.builds(lambda url, on: enable_edit(url, enabled=on), urls, st.booleans()),
    st.builds(move_edit, urls, urls),
)
several = st.lists(edits, max_size=6)


def kept(some: list[FeedEdit]) -> list[KeptEdit]:
    at = datetime(2030, 5, 1, tzinfo=UTC)
    return [KeptEdit(id=n, edit=edit, actor="U1", at=at) for n, edit in enumerate(some)]


def of(feeds: FeedList) -> dict[str, bool]:
    return {line.url: line.enabled for line in feeds.feeds}


@given(lists, several)
def test_no_address_is_ever_listed_twice(feeds: FeedList, some: list[FeedEdit]) -> None:
    listed = [line.url for line in edited(feeds, some).feeds]
    assert len(listed) == len(set(listed))


@given(lists, edits)
def test_an_edit_made_twice_is_made_once(feeds: FeedList, edit: FeedEdit) -> None:
    once = edited(feeds, [edit])
    assert edited(once, [edit]) == once


TAKEN_BACK = [
    add_edit(FeedSpec(url=URLS[0])),
    remove_edit(URLS[3]),
    move_edit(URLS[0], URLS[3]),
]


@given(lists, several)
@example(FeedList(feeds=(FeedSpec(url=URLS[3], enabled=False),)), TAKEN_BACK)
@example(
    FeedList(feeds=(FeedSpec(url=URLS[3], enabled=False),)),
    [add_edit(FeedSpec(url=URLS[0], enabled=False)), *TAKEN_BACK[1:]],
)
def test_what_is_needed_gives_the_same_list(feeds: FeedList, some: list[FeedEdit]) -> None:
    all_of_them = kept(some)
    wanted, rest = needed(feeds, all_of_them)
    assert wanted == edited(feeds, some)
    assert edited(feeds, [one.edit for one in rest]) == wanted
    assert not needed(wanted, rest)[1] or edited(wanted, [o.edit for o in rest]) != wanted
    for one in rest:
        assert edited(feeds, [o.edit for o in rest if o is not one]) != wanted


def test_a_pause_that_was_taken_back_is_needless() -> None:
    feeds = FeedList(feeds=(FeedSpec(url=URLS[0]),))
    there_and_back = [enable_edit(URLS[0], enabled=False), enable_edit(URLS[0], enabled=True)]
    assert needed(feeds, kept(there_and_back)) == (feeds, ())


def test_an_edit_leaves_alone_what_it_does_not_speak_of() -> None:
    feeds = FeedList(feeds=(FeedSpec(url=URLS[0], title="A", weight=3.0), FeedSpec(url=URLS[1])))
    some = [enable_edit(URLS[0], enabled=False), move_edit(URLS[0], URLS[2])]
    first, second = edited(feeds, some).feeds
    assert first == FeedSpec(url=URLS[2], title="A", weight=3.0, enabled=False)
    assert second == FeedSpec(url=URLS[1])


def test_moving_to_a_listed_address_takes_the_old_line_off() -> None:
    feeds = FeedList(feeds=(FeedSpec(url=URLS[0]), FeedSpec(url=URLS[1])))
    assert of(edited(feeds, [move_edit(URLS[0], URLS[1])])) == {URLS[1]: True}


def test_a_feed_is_the_same_however_its_address_is_spelled() -> None:
    feeds = FeedList(feeds=(FeedSpec(url=URLS[0]), FeedSpec(url=URLS[1])))
    other = URLS[0].replace("https", "http")
    assert edited(feeds, [add_edit(FeedSpec(url=other))]) == feeds
    assert of(edited(feeds, [move_edit(URLS[1], other)])) == {URLS[0]: True}
    assert of(edited(feeds, [move_edit(URLS[0], other)])) == {other: True, URLS[1]: True}
