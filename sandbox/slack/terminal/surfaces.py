"""Whole messages, modals and Home tabs."""

from itertools import chain, repeat

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from sandbox.slack.model import JsonObject, Message, View
from sandbox.slack.terminal.blocks import render_blocks
from sandbox.slack.terminal.emoji import emoji
from sandbox.slack.terminal.mrkdwn import mrkdwn, plain
from sandbox.slack.terminal.reader import Reader, printable


def render_message(message: Message, reader: Reader | None = None) -> RenderableType:
    """A message with its author, time, content, files, reactions and replies.

    Args:
        message: As stored.
        reader: Who looks; None knows no names and lives in UTC.
    """
    who = reader or Reader()
    lines: list[RenderableType] = [_author_line(message, who)]
    if message.ephemeral_to is not None:
        lines.append(Text("Only visible to you", "dim italic"))
    if message.blocks:
        lines += render_blocks(message.blocks, who)
    else:
        lines.append(mrkdwn(message.text, who))
    for attachment in message.body.get("attachments", []):
        lines += _attachment(attachment, who)
    lines += [
        Text(f"[file: {printable(each['title'] or each['name'])}]", "italic")
        for each in message.body.get("files", [])
    ]
    lines += _feet(message)
    return Group(*lines)


def render_view(view: View, reader: Reader | None = None) -> RenderableType:
    """A modal in a frame with its buttons, or a Home tab."""
    who = reader or Reader()
    body = render_blocks(view.blocks, who, view.state)
    spaced: list[RenderableType] = list(chain.from_iterable(zip(body, repeat(Text("")))))
    if view.body["type"] == "home":
        return Panel(Group(*spaced), title="Home", title_align="left", border_style="magenta")
    buttons = Text()
    for name, style in (("close", ""), ("submit", "bold green")):
        if view.body[name] is not None:
            label = plain(view.body[name]["text"]).plain
            buttons.append(f"[ {label} ]", style).append("  ")
    return Panel(
        Group(*spaced, buttons),
        title=plain(view.title),
        title_align="left",
        border_style="cyan",
    )


def _author_line(message: Message, reader: Reader) -> Text:
    name = reader.users.get(message.user or "", message.user or "unknown")
    line = Text(printable(name), "bold")
    if message.from_app:
        line.append(" APP", "dim reverse")
    line.append(f"  {reader.clock(message.ts)}", "dim")
    if "edited" in message.body:
        line.append("  (edited)", "dim")
    return line


def _attachment(attachment: JsonObject, reader: Reader) -> list[RenderableType]:
    if "blocks" in attachment:
        return render_blocks(attachment["blocks"], reader)
    text = attachment.get("text") or attachment.get("fallback") or ""
    return [Text("▌ ", "dim") + mrkdwn(text, reader)]


def _feet(message: Message) -> list[RenderableType]:
    feet: list[RenderableType] = []
    reactions = message.body.get("reactions", [])
    if reactions:
        feet.append(Text("  ".join(f"{emoji(each['name'])} {each['count']}" for each in reactions)))
    count = message.body.get("reply_count")
    if count:
        feet.append(Text(f"↳ {count} {'reply' if count == 1 else 'replies'}", "blue"))
    return feet
