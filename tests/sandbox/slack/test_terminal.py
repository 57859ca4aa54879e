"""Messages, modals and Home tabs as a reader sees them in a terminal."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Message, SandboxSlack
from sandbox.slack.blockkit import check_blocks
from sandbox.slack.terminal import Reader, render_message, render_view
from sandbox.slack.terminal.text import mrkdwn, plain

from .samples import actions, button, home, input_block, modal, option, section, select, text_input
from .samples import plain as text
from .test_blockkit_properties import MESSAGE

NOW = datetime(2019, 2, 28, 8, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
READER = Reader(users={"U1": "analyst"}, channels={"C1": "desk"}, now=NOW)


def shown(renderable: RenderableType, width: int = 80) -> str:
    """What stands on the screen, without colours, without spaces at line ends."""
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(renderable)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def message(*blocks: dict, **more) -> Message:
    body = {"user": "U1", "bot_id": "B1", "text": "fallback", "blocks": list(blocks), **more}
    return Message(channel="C1", ts=f"{SECONDS}.000100", body=body)


@pytest.mark.parametrize(
    ("wire", "seen"),
    [
        ("*bold* _slant_ ~gone~ `code`", "bold slant gone code"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("*_both_*", "both"),
        ("`*raw*` and ```\n_raw_\n```", "*raw* and _raw_"),
        ("<https://e.org/a_b_c|the _link_>", "the _link_"),
        ("<https://e.org/a>", "https://e.org/a"),
        ("<mailto:a@e.org>", "a@e.org"),
        ("<@U1> and <@U9>", "@analyst and @U9"),
        ("<#C1> and <#C9|other>", "#desk and #other"),
        ("<!here> <!channel> <!subteam^S1|@desk>", "@here @channel @desk"),
        (":newspaper: :unheard_of:", "📰 :unheard_of:"),
        ("&lt;!channel&gt; &amp;lt; &amp;amp;", "<!channel> &lt; &amp;"),
        ("<https://e.org|a &lt;b&gt; &amp;amp; c>", "a <b> &amp; c"),
        ("&gt; quoted\nnot", "▌ quoted\nnot"),
        ("a\x1b[31mred\x07 \u202eabc\ue000", "a[31mred abc"),
        (f"<!date^{SECONDS}^{{date_num}} {{time_secs}}|x>", "2019-02-28 08:00:00"),
        (f"<!date^{SECONDS}^{{date_short_pretty}} at {{time}}|x>", "today at 08:00"),
        (f"<!date^{SECONDS - 90_000}^{{date_pretty}}|x>", "yesterday"),
        (f"<!date^{SECONDS + 90_000}^{{date_long_pretty}}|x>", "tomorrow"),
        (f"<!date^{SECONDS - 900_000}^{{date_long}}|x>", "Sunday, February 17th, 2019"),
        (f"<!date^{SECONDS - 900_000}^{{date}} {{ago}}|x>", "February 17th, 2019 10 days ago"),
        (f"<!date^{SECONDS + 7200}^{{ago}}|x>", "in 2 hours"),
        (f"<!date^{SECONDS}^{{ago}}|x>", "just now"),
        ("<!date^soon^{date}|28 Feb>", "28 Feb"),
    ],
)
def test_wire_text_is_shown_as_slack_shows_it(wire: str, seen: str) -> None:
    assert mrkdwn(wire, READER).plain == seen


def test_styles_are_on_the_words_that_they_are_meant_for() -> None:
    styled = mrkdwn("plain *bold* <https://e.org|link>", READER)
    spans = {styled.plain[span.start : span.end]: str(span.style) for span in styled.spans}
    assert spans["bold"] == "bold"
    assert "link https://e.org" in spans["link"]
    assert "plain" not in spans


def test_dates_are_in_the_zone_of_the_reader() -> None:
    seoul = Reader(zone=ZoneInfo("Asia/Seoul"), now=NOW)
    date = f"<!date^{SECONDS}^{{date_short}} {{time}}|x>"
    assert mrkdwn(date, seoul).plain == "Feb 28, 2019 17:00"
    assert seoul.clock(f"{SECONDS}.5") == "17:00"
    nobody = Reader()
    assert mrkdwn(f"<!date^{SECONDS}^{{date_short_pretty}}|x>", nobody).plain == "Feb 28, 2019"


def test_plain_text_has_emoji_and_no_styles() -> None:
    assert plain("*not bold* :eyes:").plain == "*not bold* 👀"


def test_a_message_is_shown_from_author_to_replies() -> None:
    block = section("*Remains*", fields=[text("left"), text("right"), text("last")])
    picture = {"type": "image", "image_url": "https://e.org/a.png", "alt_text": "a chart"}
    story = message(
        {"type": "header", "text": text("Brief")},
        {"type": "context", "elements": [text("today"), picture]},
        {"type": "divider"},
        block,
        {**picture, "title": text("Momentum")},
        actions(button("a"), select(placeholder=text("Level"))),
        reply_count=2,
        edited={"user": "U1", "ts": "1.0"},
        files=[{"name": "a.csv", "title": "Export"}],
    )
    assert shown(render_message(story, READER), width=40) == "\n".join(
        [
            "analyst APP  08:00  (edited)",
            "Brief",
            "today  [image: a chart]",
            "─" * 40,
            "Remains",
            "left".ljust(20) + "right",
            "last",
            "Momentum",
            "[image: a chart]",
            "[ Go ]  [ Level ▾ ]",
            "[file: Export]",
            "↳ 2 replies",
        ]
    )


def test_text_alone_is_shown_when_there_are_no_blocks() -> None:
    assert shown(render_message(message(text="*hello*"), READER)).endswith("\nhello")


def test_rich_text_is_shown_line_by_line() -> None:
    def line(*elements: dict) -> dict:
        return {"type": "rich_text_section", "elements": list(elements)}

    words = {"type": "text", "text": "words", "style": {"bold": True, "code": True}}
    block = {
        "type": "rich_text",
        "elements": [
            line(words, {"type": "user", "user_id": "U1"}, {"type": "emoji", "name": "eyes"}),
            line(
                {"type": "link", "url": "https://e.org"},
                {"type": "date", "timestamp": SECONDS, "format": " {date_num} "},
            ),
        ],
    }
    assert check_blocks([block]) == []
    assert shown(render_message(message(block), READER)).splitlines()[1:] == [
        "words@analyst👀",
        "https://e.org 2019-02-28",
    ]


def test_figures_are_drawn() -> None:
    cells = [[{"type": "raw_text", "text": word} for word in row] for row in (("a", "b"), "cd")]
    table = {"type": "data_table", "caption": "Scores", "rows": cells}
    points = [{"label": "W1", "value": 1}, {"label": "W2", "value": 2}]
    chart = {
        "type": "data_visualization",
        "title": "Evidence",
        "chart": {"type": "bar", "series": [{"name": "Progress", "data": points}]},
    }
    screen = shown(render_message(message(table, chart), READER))
    assert "Scores" in screen
    assert "│ c │ d │" in screen
    assert f"W1 {'█' * 15}" in screen
    assert f"W2 {'█' * 30} 2" in screen


async def test_a_modal_is_shown_with_what_was_typed(
    slack: SandboxSlack, client: AsyncWebClient
) -> None:
    ticks = {
        "type": "radio_buttons",
        "action_id": "level",
        "options": [option("low"), option("high", description=text("all done"))],
        "initial_option": option("low"),
    }
    view = modal(
        input_block(ticks),
        input_block(
            text_input("why", placeholder=text("Say why")),
            block_id="reason",
            optional=True,
            hint=text("For the record"),
        ),
        input_block({"type": "users_select", "action_id": "who", "initial_user": "U02ADMIN"}),
        close=text("Back"),
    )
    word = slack.world.triggers.give("U01ANALYST")
    await client.views_open(trigger_id=word, view=view)
    [opened] = slack.views("analyst")
    screen = shown(render_view(opened, slack.reader("analyst")), width=40)
    for line in (
        "Title",
        "◉ low",
        "○ high — all done",
        "[ Say why ]",
        "text (optional)",
        "For the record",
        "[ @admin ▾ ]",
        "[ Back ]  [ Send ]",
    ):
        assert line in screen
    typed = {"reason": {"why": {"type": "plain_text_input", "value": "because"}}}
    changed = slack.world.views.set_state(opened, {**opened.state, **typed})
    assert "[ because ]" in shown(render_view(changed, slack.reader()))


async def test_a_home_tab_is_shown_in_a_frame(slack: SandboxSlack, client: AsyncWebClient) -> None:
    await client.views_publish(user_id="U01ANALYST", view=home(section("<@U02ADMIN>")))
    tab = slack.home("analyst")
    assert tab is not None
    screen = shown(render_view(tab, slack.reader("analyst")), width=40)
    assert screen.splitlines()[0].startswith("╭─ Home")
    assert "@admin" in screen


async def test_an_ephemeral_message_says_so(slack: SandboxSlack, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel="C01SUMMIT", user="U01ANALYST", text="psst")
    screen = shown(render_message(slack.ephemerals("analyst")[0], slack.reader("analyst")))
    assert screen.splitlines()[1:] == ["Only visible to you", "psst"]


@given(st.text())
def test_any_text_is_shown_and_steers_nothing(wire: str) -> None:
    seen = mrkdwn(wire, READER).plain
    assert not any(ord(char) < 32 and char not in "\n\t" for char in seen)
    assert "\x9b" not in seen


@given(MESSAGE)
def test_every_message_that_slack_takes_can_be_shown(blocks: list[dict]) -> None:
    assert shown(render_message(message(*blocks), READER))
