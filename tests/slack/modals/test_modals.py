"""The modals, and what comes back from them."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.errors import InputError
from bot.domain.schedule import WORKDAYS, Weekday
from bot.slack import ids
from bot.slack.modals.feeds import (
    FeedForm,
    ImportForm,
    feeds_import_view,
    read_feed_add,
    read_feeds_import,
)
from bot.slack.modals.inputs import ViewValues
from bot.slack.modals.subscribe import SubscribeForm, is_timezone, read_subscribe, subscribe_view
from tests.briefing.builders import PACK, PATIENT
from tests.slack.hostile import ATTACKS


def submitted(**inputs: dict[str, object]) -> ViewValues:
    """`view.state.values` with one element in each block, as Slack sends it."""
    return ViewValues.parse({block: {ids.VALUE: value} for block, value in inputs.items()})


def options(*values: str) -> dict[str, object]:
    chosen = [{"text": {"type": "plain_text", "text": "x"}, "value": value} for value in values]
    return {"type": "checkboxes", "selected_options": chosen}


def subscription(**changes: dict[str, object]) -> ViewValues:
    usual: dict[str, dict[str, object]] = {
        ids.COMMITMENTS_INPUT: options("s:harbour", "c:bridge"),
        ids.WEEKDAYS_INPUT: options("MON", "FRI"),
        ids.TIME_INPUT: {"type": "timepicker", "selected_time": "07:30"},
        ids.TIMEZONE_INPUT: {"type": "plain_text_input", "value": " Asia/Seoul "},
        ids.TARGET_INPUT: {"type": "conversations_select", "selected_conversation": "C012345"},
    }
    return submitted(**{**usual, **changes})


def test_a_filled_form_becomes_a_subscription() -> None:
    form = read_subscribe(subscription())
    assert isinstance(form, SubscribeForm)
    assert (form.commitments, form.target) == (("harbour", "bridge"), "C012345")
    assert form.schedule.weekdays == {Weekday.MON, Weekday.FRI}
    assert (form.schedule.at, form.schedule.timezone) == (time(7, 30), "Asia/Seoul")


def test_days_without_news_are_skipped_where_the_box_is_ticked() -> None:
    (box,) = [
        block.element.options[0].value
        for block in subscribe_view(PACK, timezone="UTC").blocks
        if block.block_id == ids.EMPTY_INPUT
    ]
    for ticked in (True, False):
        form = read_subscribe(subscription(empty=options(*[box] * ticked)))
        assert isinstance(form, SubscribeForm)
        assert form.skip_empty is ticked


def test_what_is_left_empty_means_all_commitments_and_a_direct_message() -> None:
    form = read_subscribe(
        subscription(
            commitments={"type": "multi_static_select", "selected_options": []},
            target={"type": "conversations_select", "selected_conversation": None},
        )
    )
    assert isinstance(form, SubscribeForm)
    assert (form.commitments, form.target) == ((), None)


@pytest.mark.parametrize(
    ("block", "value", "said"),
    [
        (ids.WEEKDAYS_INPUT, options(), "at least one day"),
        (ids.WEEKDAYS_INPUT, options("SOMEDAY"), "at least one day"),
        (ids.TIME_INPUT, {"selected_time": None}, "Choose a time"),
        (ids.TIME_INPUT, {"selected_time": "25:99"}, "Choose a time"),
        (ids.TIMEZONE_INPUT, {"value": "Asia/Seol"}, "did you mean Asia/Seoul?"),
        (ids.TIMEZONE_INPUT, {"value": "KST or so"}, "write a name such as"),
        (ids.TIMEZONE_INPUT, {"value": None}, "write a name such as"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    block: str, value: dict[str, object], said: str
) -> None:
    errors = read_subscribe(subscription(**{block: value}))
    assert not isinstance(errors, SubscribeForm)
    assert list(errors) == [block]
    assert said in errors[block]


@pytest.mark.parametrize("name", ["Asia/Seoul", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_known_by_its_name(name: str) -> None:
    assert is_timezone(name)


@pytest.mark.parametrize(
    "name", ["", "America", "../../etc/passwd", "/etc/localtime", "KST9", "\x00", *ATTACKS]
)
def test_anything_else_is_no_time_zone(name: str) -> None:
    assert not is_timezone(name)


@PATIENT
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda part: st.lists(part) | st.dictionaries(st.text(max_size=5), part),
        max_leaves=8,
    )
)
def test_a_form_that_is_not_slacks_is_refused_or_read_without_a_crash(values: object) -> None:
    try:
        parsed = ViewValues.parse(values)
    except InputError as error:
        assert "open it again" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert not isinstance(read_subscribe(parsed), SubscribeForm)


def test_the_form_offers_whole_summits_and_commitments_and_marks_the_chosen() -> None:
    view = subscribe_view(PACK, timezone="UTC", chosen=["tolls"]).to_dict()
    element = view["blocks"][0]["element"]
    offered = [
        [option["value"] for option in group["options"]] for group in element["option_groups"]
    ]
    assert offered == [
        ["s:harbour", "c:dredging", "c:pilots", "c:tolls"],
        ["s:delta", "c:bridge"],
    ]
    assert [option["value"] for option in element["initial_options"]] == ["c:tolls"]


def test_a_summit_with_many_commitments_comes_in_groups_of_a_hundred() -> None:
    many = tuple(Commitment(id=f"c{n}", title="T", text="t", summit_id="s") for n in range(250))
    pack = Pack(summits=(Summit(id="s", name="A summit", commitments=many),))
    groups = subscribe_view(pack, timezone="UTC").to_dict()["blocks"][0]["element"]["option_groups"]
    assert [len(group["options"]) for group in groups] == [100, 100, 51]
    assert [group["label"]["text"] for group in groups] == [
        "A summit",
        "A summit (2)",
        "A summit (3)",
    ]


def test_working_days_at_eight_are_chosen_beforehand() -> None:
    blocks = {
        block["block_id"]: block
        for block in subscribe_view(PACK, timezone="UTC").to_dict()["blocks"]
    }
    days = blocks[ids.WEEKDAYS_INPUT]["element"]["initial_options"]
    assert {Weekday[day["value"]] for day in days} == WORKDAYS
    assert blocks[ids.TIME_INPUT]["element"]["initial_time"] == "08:00"


@pytest.mark.parametrize(
    ("channel", "chosen"), [("C012345", "C012345"), ("D012345", None), (None, None)]
)
def test_the_channel_is_chosen_beforehand_outside_of_direct_messages(
    channel: str | None, chosen: str | None
) -> None:
    blocks = subscribe_view(PACK, timezone="UTC", channel=channel).to_dict()["blocks"]
    assert blocks[-1]["element"].get("initial_conversation") == chosen


def test_a_feed_is_asked_for_by_address_or_site_with_words_to_call_it_by() -> None:
    url = "https://outlet.example/feed.xml?a=1&b=2"
    filled = submitted(
        url={"value": f" {url} "}, title={"value": "Outlet"}, category={"value": "press"}
    )
    assert read_feed_add(filled) == FeedForm(address=url, title="Outlet", category="press")
    bare = submitted(url={"value": "outlet.example"}, title={"value": None})
    assert read_feed_add(bare) == FeedForm(address="outlet.example")


def test_a_feed_form_without_an_address_is_sent_back_with_a_reason() -> None:
    errors = read_feed_add(submitted(url={"value": " "}))
    assert not isinstance(errors, FeedForm)
    assert "address" in errors[ids.FEED_URL_INPUT]


def test_a_list_is_given_as_a_file_or_by_its_address() -> None:
    file: dict[str, object] = {"type": "file_input", "files": [{"id": "F1", "name": "a.opml"}]}
    link = {"value": "https://outlet.example/a.opml"}
    assert read_feeds_import(submitted(file=file, link={"value": None})) == ImportForm(file="F1")
    assert read_feeds_import(submitted(link=link)) == ImportForm(link=link["value"])


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "outlet.example"])
def test_a_list_that_is_neither_is_sent_back_with_a_reason(link: str) -> None:
    errors = read_feeds_import(submitted(file={"files": []}, link={"value": link}))
    assert not isinstance(errors, ImportForm)
    assert "https://" in errors[ids.OPML_LINK_INPUT]


def test_a_file_and_an_address_together_are_sent_back() -> None:
    both = submitted(file={"files": [{"id": "F1"}]}, link={"value": "https://outlet.example/a"})
    assert not isinstance(read_feeds_import(both), ImportForm)


def test_the_form_for_a_list_takes_one_file() -> None:
    view = feeds_import_view("C1").to_dict()
    assert view["blocks"][0]["element"]["max_files"] == 1
