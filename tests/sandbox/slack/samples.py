"""Block Kit that Slack takes, to be spoilt by tests."""

from typing import Any

Json = dict[str, Any]


def plain(text: str = "text") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "text") -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "text", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements) or [button()], **more}


def option(value: str = "one", **more: Any) -> Json:
    return {"text": plain(value), "value": value, **more}


def select(*options: Json, **more: Any) -> Json:
    chosen = list(options) or [option()]
    return {"type": "static_select", "action_id": "pick", "options": chosen, **more}


def text_input(action_id: str = "words", **more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": action_id, **more}


def input_block(element: Json | None = None, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element or text_input(), **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "title": plain("Title"),
        "submit": plain("Send"),
        "blocks": list(blocks) or [section()],
        **more,
    }


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks) or [section()], **more}
