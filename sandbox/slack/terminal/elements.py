"""Buttons, menus and inputs as one line of text each."""

from typing import Final

from rich.text import Text

from sandbox.slack.form_state import VALUE_FIELD
from sandbox.slack.model import JsonObject
from sandbox.slack.terminal.mrkdwn import mrkdwn, plain
from sandbox.slack.terminal.reader import Reader, printable

_BUTTON_STYLES: Final = {"primary": "bold green", "danger": "bold red"}
_WRITING: Final = frozenset(
    {
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
    }
)


def text_object(text: JsonObject, reader: Reader) -> Text:
    """A plain_text or mrkdwn object."""
    if text["type"] == "mrkdwn":
        return mrkdwn(text["text"], reader)
    return plain(text["text"])


def element(part: JsonObject, reader: Reader, entry: JsonObject | None = None) -> Text:
    """An element as one sees it.

    Args:
        part: The element.
        reader: Who looks.
        entry: What was typed or chosen, in the shape of `state.values`; None for nothing.
    """
    kind = part["type"]
    if kind == "image":
        return Text(f"[image: {printable(part['alt_text'])}]", "italic dim")
    if kind in {"button", "workflow_button", "icon_button"}:
        style = _BUTTON_STYLES.get(part.get("style", ""), "bold")
        return Text.assemble("[ ", plain(part["text"]["text"]), " ]", style=style)
    if kind == "overflow":
        labels = " | ".join(plain(each["text"]["text"]).plain for each in part["options"])
        return Text(f"[ ⋯ {labels} ]", "bold")
    if kind == "feedback_buttons":
        good, bad = part["positive_button"], part["negative_button"]
        return Text(f"[ {good['text']['text']} ] [ {bad['text']['text']} ]", "bold")
    if kind in {"checkboxes", "radio_buttons"}:
        return _choices(part, reader, entry)
    return _field(part, reader, entry)


def _choices(part: JsonObject, reader: Reader, entry: JsonObject | None) -> Text:
    """One line for each option, with its mark."""
    held = _held(part, entry)
    picked = held if isinstance(held, list) else [held]
    values = {option["value"] for option in picked if isinstance(option, dict)}
    marks = ("☑", "☐") if part["type"] == "checkboxes" else ("◉", "○")
    lines = []
    for option in part["options"]:
        mark = marks[0] if option["value"] in values else marks[1]
        line = Text(f"{mark} ") + text_object(option["text"], reader)
        if "description" in option:
            line += Text(" — ") + text_object(option["description"], reader)
        lines.append(line)
    return Text("\n").join(lines)


def _field(part: JsonObject, reader: Reader, entry: JsonObject | None) -> Text:
    """A menu, a picker or an input: what stands in it, or its placeholder."""
    held = _held(part, entry)
    shown = _value_text(held, reader)
    hint = plain(part["placeholder"]["text"]) if "placeholder" in part else Text(" " * 12)
    inside = shown if shown.plain else Text.assemble(hint, style="dim")
    mark = "" if part["type"] in _WRITING else " ▾"
    return Text.assemble("[ ", inside, f"{mark} ]")


def _held(part: JsonObject, entry: JsonObject | None) -> object:
    field = VALUE_FIELD.get(part["type"], "value")
    if entry is not None:
        return entry.get(field)
    return part.get(field.replace("selected_", "initial_").replace("value", "initial_value"))


def _value_text(held: object, reader: Reader) -> Text:
    if isinstance(held, dict) and "text" in held:
        return text_object(held["text"], reader)
    if isinstance(held, list):
        return Text(", ").join(_value_text(each, reader) for each in held)
    if held is None:
        return Text()
    text = printable(str(held))
    if text in reader.users:
        return Text(reader.user(text))
    return Text(reader.channel(text) if text in reader.channels else text)
