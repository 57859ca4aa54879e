"""Every number of the limits table: its edge is taken, one more is refused."""

from collections.abc import Callable

import pytest

from sandbox.slack.blockkit import LIMITS, Surface, check_blocks, check_view

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

Build = Callable[[int], dict]


def _image(**more):
    return {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a", **more}


def _confirm(**more):
    return actions(button(confirm={"title": plain(), "text": plain(), **more}))


def _many(count: int, make=option):
    return [make(f"v{number}") for number in range(count)]


def _buttons(count: int):
    return [button(f"a{number}") for number in range(count)]


def _table(rows: int, columns: int, text: str = "x", **more):
    cell = {"type": "raw_text", "text": text}
    rows_of_cells = [[cell] * columns for _ in range(rows)]
    return {"type": "data_table", "caption": "Scores", "rows": rows_of_cells, **more}


def _url(size: int) -> str:
    return "https://example.org/".ljust(size, "x")


def _pie(title="Title", segments=1, label="a"):
    points = [{"label": label, "value": 1} for _ in range(segments)]
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {"type": "pie", "segments": points},
    }


def _line(series=1, points=1):
    data = [{"label": "a", "value": 1}] * points
    return {
        "type": "data_visualization",
        "title": "Title",
        "chart": {
            "type": "line",
            "series": [{"name": "n", "data": data}] * series,
            "axis_config": {"categories": ["a"]},
        },
    }


IN_MESSAGES: dict[str, Build] = {
    "block_id": lambda n: section(block_id="b" * n),
    "action_id": lambda n: actions(button("a" * n)),
    "section.text": lambda n: section("x" * n),
    "section.fields": lambda n: {"type": "section", "fields": [mrkdwn()] * n},
    "section.field": lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]},
    "header.text": lambda n: {"type": "header", "text": plain("x" * n)},
    "context.elements": lambda n: {"type": "context", "elements": [mrkdwn()] * n},
    "actions.elements": lambda n: actions(*_buttons(n)) if n else actions(elements=[]),
    "button.text": lambda n: actions(button(text=plain("x" * n))),
    "button.value": lambda n: actions(button(value="x" * n)),
    "button.url": lambda n: actions(button(url=_url(n))),
    "button.accessibility_label": lambda n: actions(button(accessibility_label="x" * n)),
    "confirm.title": lambda n: _confirm(title=plain("x" * n)),
    "confirm.text": lambda n: _confirm(text=plain("x" * n)),
    "confirm.confirm": lambda n: _confirm(confirm=plain("x" * n)),
    "confirm.deny": lambda n: _confirm(deny=plain("x" * n)),
    "option.text": lambda n: actions(select(option(text=plain("x" * n)))),
    "option.value": lambda n: actions(select(option("x" * n, text=plain()))),
    "option.description": lambda n: actions(select(option(description=plain("x" * n)))),
    "select.options": lambda n: actions(select(options=_many(n))),
    "select.option_groups": lambda n: actions(
        {
            "type": "static_select",
            "action_id": "pick",
            "option_groups": [{"label": plain(), "options": [option()]}] * n,
        }
    ),
    "option_group.options": lambda n: actions(
        {
            "type": "static_select",
            "action_id": "pick",
            "option_groups": [{"label": plain(), "options": _many(n)}],
        }
    ),
    "option_group.label": lambda n: actions(
        {
            "type": "static_select",
            "action_id": "pick",
            "option_groups": [{"label": plain("x" * n), "options": [option()]}],
        }
    ),
    "placeholder": lambda n: actions(select(placeholder=plain("x" * n))),
    "overflow.options": lambda n: actions(
        {"type": "overflow", "action_id": "more", "options": _many(n)}
    ),
    "checkboxes.options": lambda n: actions(
        {"type": "checkboxes", "action_id": "tick", "options": _many(n)}
    ),
    "radio_buttons.options": lambda n: actions(
        {"type": "radio_buttons", "action_id": "tick", "options": _many(n)}
    ),
    "image.image_url": lambda n: _image(image_url=_url(n)),
    "image.alt_text": lambda n: _image(alt_text="x" * n),
    "image.title": lambda n: _image(title=plain("x" * n)),
    "input.label": lambda n: input_block(label=plain("x" * n)),
    "input.hint": lambda n: input_block(hint=plain("x" * n)),
    "plain_text_input.max_length": lambda n: input_block(text_input(max_length=n)),
    "plain_text_input.value": lambda n: input_block(text_input(initial_value="x" * n)),
    "data_table.rows": lambda n: _table(n, 1),
    "data_table.columns": lambda n: _table(2, n),
    "data_table.page_size": lambda n: _table(2, 1, page_size=n),
    "data_visualization.title": lambda n: _pie(title="x" * n),
    "data_visualization.segments": lambda n: _pie(segments=n),
    "data_visualization.name": lambda n: _pie(label="x" * n),
    "data_visualization.series": lambda n: _line(series=n),
    "data_visualization.points": lambda n: _line(points=n),
    "context_actions.elements": lambda n: {
        "type": "context_actions",
        "elements": [
            {"type": "icon_button", "icon": "trash", "text": plain(), "action_id": f"a{number}"}
            for number in range(n)
        ],
    },
}
IN_VIEWS: dict[str, Build] = {
    "view.title": lambda n: modal(title=plain("x" * n)),
    "view.submit": lambda n: modal(submit=plain("x" * n)),
    "view.close": lambda n: modal(close=plain("x" * n)),
    "view.private_metadata": lambda n: modal(private_metadata="x" * n),
    "view.callback_id": lambda n: modal(callback_id="x" * n),
    "view.external_id": lambda n: modal(external_id="x" * n),
    "view.blocks": lambda n: modal(*[section()] * n) if n else modal(blocks=[]),
}


@pytest.mark.parametrize("name", IN_MESSAGES)
def test_the_largest_block_is_taken_and_one_more_is_refused(name: str) -> None:
    build, span = IN_MESSAGES[name], LIMITS[name]
    assert check_blocks([build(span.most)]) == []
    assert check_blocks([build(span.most + 1)])


WITH_LEAST = [name for name in IN_MESSAGES if LIMITS[name].least > 0 and not name.endswith("url")]


@pytest.mark.parametrize("name", WITH_LEAST)
def test_the_smallest_block_is_taken_and_one_less_is_refused(name: str) -> None:
    build, span = IN_MESSAGES[name], LIMITS[name]
    assert check_blocks([build(span.least)]) == []
    assert check_blocks([build(span.least - 1)])


@pytest.mark.parametrize("name", IN_VIEWS)
def test_the_largest_view_is_taken_and_one_more_is_refused(name: str) -> None:
    build, span = IN_VIEWS[name], LIMITS[name]
    assert check_view(build(span.most), surface=Surface.MODAL) == []
    assert check_view(build(span.most + 1), surface=Surface.MODAL)


def test_a_message_has_fifty_blocks_and_a_home_tab_a_hundred() -> None:
    assert check_blocks([section()] * 50) == []
    too_many = check_blocks([section()] * 51)
    assert [str(each) for each in too_many] == [
        "no more than 50 items allowed [json-pointer:/blocks]"
    ]
    assert check_view(home(*[section()] * 100), surface=Surface.HOME) == []
    assert check_view(home(*[section()] * 101), surface=Surface.HOME)


@pytest.mark.parametrize(
    ("blocks", "taken"),
    [
        ([_pie()] * 2, True),
        ([_pie()] * 3, False),
        ([_table(2, 20, text="x" * 249)] * 2, True),
        ([_table(2, 20, text="x" * 250)] * 2, False),
    ],
)
def test_blocks_of_a_kind_have_limits_together(blocks: list[object], taken: bool) -> None:
    assert (check_blocks(blocks) == []) is taken


def test_lengths_count_characters_and_not_bytes() -> None:
    assert check_blocks([{"type": "header", "text": plain("한" * 150)}]) == []
    assert check_blocks([{"type": "header", "text": plain("😀" * 151)}])
