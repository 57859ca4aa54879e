"""Blocks that Slack refuses for their shape, in the words in which it refuses them."""

import pytest

from sandbox.slack.blockkit import Surface, check_blocks, check_view, counted_characters

from .samples import (
    actions,
    button,
    home,
    input_block,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    select,
    text_input,
)


def _told(*blocks: object) -> list[str]:
    return [str(problem) for problem in check_blocks(list(blocks))]


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({"type": "fnord"}, "unsupported type: fnord [json-pointer:/blocks/0/type]"),
        ({"type": ["section"]}, "unsupported type: ['section'] [json-pointer:/blocks/0/type]"),
        ({"text": plain()}, "missing required field: type [json-pointer:/blocks/0]"),
        ("section", "must provide an object [json-pointer:/blocks/0]"),
        (
            {"type": "section"},
            "must define either `text` or `fields` [json-pointer:/blocks/0/type]",
        ),
        ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
        (
            {"type": "header", "text": mrkdwn()},
            "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
        ),
        (
            section("x" * 3001),
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (
            {"type": "divider", "text": plain()},
            "invalid additional property: text [json-pointer:/blocks/0]",
        ),
        (
            actions(text_input()),
            "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            actions(button(style="loud")),
            "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            section(accessory=select(block_id="x")),
            "invalid additional property: block_id [json-pointer:/blocks/0/accessory]",
        ),
        (
            section(accessory={"type": "static_select", "action_id": "a"}),
            "must define one of `options` or `option_groups` [json-pointer:/blocks/0/accessory]",
        ),
        (
            section(accessory=select(initial_option=option("other"))),
            "must match one of the options [json-pointer:/blocks/0/accessory/initial_option]",
        ),
        (
            {"type": "image", "alt_text": "a"},
            "must define one of `image_url` or `slack_file` [json-pointer:/blocks/0]",
        ),
        (
            {"type": "image", "alt_text": "a", "image_url": "http://127.0.0.1/a.png"},
            "downloading image failed [json-pointer:/blocks/0/image_url]",
        ),
        (
            {"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}},
            "invalid slack file [json-pointer:/blocks/0/slack_file]",
        ),
        (
            {"type": "context", "elements": "none"},
            "must provide an array [json-pointer:/blocks/0/elements]",
        ),
        (
            input_block(text_input(multiline="yes")),
            "must provide a boolean [json-pointer:/blocks/0/element/multiline]",
        ),
        (
            input_block(text_input(min_length=5, max_length=4)),
            "min_length must not be more than max_length [json-pointer:/blocks/0/element]",
        ),
        (
            input_block(
                {
                    "type": "number_input",
                    "action_id": "n",
                    "is_decimal_allowed": True,
                    "min_value": "2",
                    "max_value": "1.5",
                }
            ),
            "min_value must not be more than max_value [json-pointer:/blocks/0/element]",
        ),
        (
            input_block({"type": "timepicker", "action_id": "t", "initial_time": "8 am"}),
            r"must match pattern: ([01]\d|2[0-3]):[0-5]\d",
        ),
        (
            input_block({"type": "file_input", "action_id": "f", "max_files": 11}),
            "must be less than 11 [json-pointer:/blocks/0/element/max_files]",
        ),
        (
            input_block({"type": "file_input", "action_id": "f", "max_files": 0}),
            "must be more than 0 [json-pointer:/blocks/0/element/max_files]",
        ),
        (
            input_block({"type": "file_input", "action_id": "f", "max_files": True}),
            "must provide a number [json-pointer:/blocks/0/element/max_files]",
        ),
        (
            {
                "type": "data_table",
                "caption": "Scores",
                "rows": [
                    [{"type": "raw_text", "text": "a"}] * 2,
                    [{"type": "raw_text", "text": "b"}],
                ],
            },
            "all rows must have the same number of columns [json-pointer:/blocks/0/rows/1]",
        ),
        (
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "checkboxes",
                        "action_id": "c",
                        "options": [option("a")],
                        "initial_options": [option("b")],
                    }
                ],
            },
            "must match one of the options [json-pointer:/blocks/0/elements/0/initial_options/0]",
        ),
        (
            {"type": "image", "alt_text": "a", "image_url": "ftp://example.org/a.png"},
            "must match pattern: https?://\\S+ [json-pointer:/blocks/0/image_url]",
        ),
        (
            {"type": "image", "alt_text": "a", "image_url": "https://intranet/a.png"},
            "downloading image failed [json-pointer:/blocks/0/image_url]",
        ),
        (
            {"type": "image", "alt_text": "a", "image_url": "https://[oops/a.png"},
            "downloading image failed [json-pointer:/blocks/0/image_url]",
        ),
    ],
)
def test_slack_says_what_is_wrong_and_where(block: object, told: str) -> None:
    assert any(line.startswith(told) for line in _told(block))


def test_one_action_id_twice_in_a_block_is_refused() -> None:
    told = _told(actions(button("go"), button("go")))
    assert told == ['`action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]']


def test_one_action_id_in_two_blocks_is_taken() -> None:
    assert _told(actions(button("go")), actions(button("go"))) == []


def test_one_block_id_twice_is_refused() -> None:
    told = _told(section(block_id="b"), section(block_id="b"))
    assert told == ['`block_id` "b" already exists [json-pointer:/blocks/1/block_id]']


@pytest.mark.parametrize(
    ("view", "surface", "told"),
    [
        (modal(blocks="x"), Surface.MODAL, "must provide an array [json-pointer:/view/blocks]"),
        (
            {"type": "modal", "blocks": [section()]},
            Surface.MODAL,
            "missing required field: title [json-pointer:/view]",
        ),
        (home(), Surface.MODAL, "must be a valid enum value [json-pointer:/view/type]"),
        (modal(), Surface.HOME, "must be a valid enum value [json-pointer:/view/type]"),
        (
            modal({"type": "data_table", "caption": "x", "rows": []}),
            Surface.MODAL,
            "unsupported type: data_table [json-pointer:/view/blocks/0/type]",
        ),
        (
            home({"type": "context_actions", "elements": []}),
            Surface.HOME,
            "unsupported type: context_actions [json-pointer:/view/blocks/0/type]",
        ),
        ([], Surface.MODAL, "must provide an object [json-pointer:/view]"),
    ],
)
def test_views_keep_to_their_surface(view: object, surface: Surface, told: str) -> None:
    assert told in [str(problem) for problem in check_view(view, surface=surface)]


def test_a_modal_that_asks_for_input_needs_a_submit_button() -> None:
    view = modal(input_block())
    assert check_view(view, surface=Surface.MODAL) == []
    del view["submit"]
    told = [str(problem) for problem in check_view(view, surface=Surface.MODAL)]
    assert told == ["missing required field: submit [json-pointer:/view]"]


def test_an_uploaded_file_may_be_shown() -> None:
    block = {"type": "image", "alt_text": "chart", "slack_file": {"id": "F1"}}
    assert check_blocks([block], files={"F1"}) == []


def test_ids_and_types_do_not_count_as_characters() -> None:
    blocks: list[object] = [section("12345", block_id="not counted"), {"type": "divider"}]
    assert counted_characters(blocks) == 5
