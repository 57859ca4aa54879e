"""What can be asked, and what was not understood."""

from collections.abc import Sequence

from bot.briefing.parts import EmptyReason
from bot.domain.commitment import Pack
from bot.slack.messages.blocks import Chunk, Message, context, fallback, fit, paragraphs, section
from bot.slack.messages.mrkdwn import bold, escape
from bot.slack.messages.parts import GAP_WORDS, TITLE

CHOICES_SHOWN = 6
_TYPED = 80
_ASK = (
    ("status", "where everything stands; also `status all`, a commitment or a summit"),
    ("evidence <commitment>", "what was reported on it; add `since 1 Feb` for less"),
    ("timeline <commitment>", "its story by month since the summit"),
    ("search <words>", "items from all feeds that hold the words"),
    ("why <E12>", "why an item was filed, by the number beside it"),
    ("commitments", "what is tracked, with the short names to use here"),
)
_GET = (
    ("subscribe", "a digest for a channel or for you, on the days and at the time you choose"),
    ("subscriptions", "yours, and this channel's; each has a button that stops it"),
    ("digest now", "what is new since yesterday, at once"),
)
_ADMIN = (
    ("feeds failing", "some of them: failing, silent, paused, a category, a language, any words"),
    ("feeds add <url or site>", "look at a feed and add it"),
    ("feeds pause|resume|remove <feed>", "change one; what was gathered stays"),
    ("feeds test <feed or url>", "fetch one now and see how it fares"),
    ("feeds history <feed>", "who changed what, when, and what stood before"),
    ("feeds import <url>", "take over an OPML list; or send me the file"),
    ("feeds export", "the list as an OPML file"),
)
_FEEDS = (("feeds", "the news feeds; how they fare, for admins"),)


def help_messages(*, admin: bool, command: str = "/briefing") -> tuple[Message, ...]:
    """What can be asked; admins see their commands too."""
    parts = [
        ("*Ask*", _ASK),
        ("*Get it regularly*", _GET),
        ("*Feeds*", (*_FEEDS, *(_ADMIN if admin else ()))),
    ]
    chunks: list[Chunk] = [
        (section("\n".join([title, *(_entry(command, *entry) for entry in entries)])),)
        for title, entries in parts
    ]
    chunks.append(
        (
            context(
                "The same questions work in words: mention me, or write to me directly.",
                "Machines gather and propose; people judge. "
                "The menu beside each story says whether it fits.",
            ),
        )
    )
    return fit(chunks, text=f"What {command} can do")


def unknown_message(typed: str, *, nearest: Sequence[str], command: str = "/briefing") -> Message:
    """The answer to words that are no command: the nearest ones, never silence.

    Args:
        typed: What was written.
        nearest: Commands that it may have meant, best first; may be empty.
        command: The slash command's name.
    """
    lines = [f"I do not know “{escape(typed, limit=_TYPED)}”."]
    if nearest:
        lines.append(f"Did you mean {_choices(nearest, command)}?")
    lines.append(f"`{command} help` shows all that I can do.")
    text = " ".join(lines)
    return Message(text=text, blocks=(section(text),))


def which_message(
    typed: str, *, candidates: Sequence[tuple[str, str]], verb: str, command: str = "/briefing"
) -> Message:
    """The answer to a commitment or summit that was not found, or that may be several.

    Args:
        typed: What was written.
        candidates: Pairs of id and title that it may have meant, best first; may be empty.
        verb: The command to repeat, such as `status`.
        command: The slash command's name.
    """
    lines = [f"I do not know a commitment or summit “{escape(typed, limit=_TYPED)}”."]
    if candidates:
        lines = [f"Which one is “{escape(typed, limit=_TYPED)}”?"]
        lines += [
            f"• {escape(title, limit=TITLE)}: `{command} {verb} {escape(name, limit=TITLE)}`"
            for name, title in candidates[:CHOICES_SHOWN]
        ]
    else:
        lines.append(f"`{command} commitments` lists them.")
    text = "\n".join(lines)
    return Message(text=fallback(*lines), blocks=(section(text),))


def commitments_messages(pack: Pack) -> tuple[Message, ...]:
    """What is tracked: each summit with its commitments and their short names."""
    if not pack.commitments:
        sentence = GAP_WORDS[EmptyReason.NOTHING_TRACKED]
        return (Message(text=sentence, blocks=(section(sentence),)),)
    chunks: list[Chunk] = []
    for summit in pack.summits:
        lines = [f"{bold(summit.name, limit=TITLE)} (`{escape(summit.id)}`)"]
        lines += [
            f"• `{escape(one.id)}` {escape(one.title, limit=TITLE)}" for one in summit.commitments
        ]
        chunks += [(section(paragraph),) for paragraph in paragraphs(lines)]
    return fit(chunks, text=f"{len(pack.commitments)} commitments are tracked")


def _entry(command: str, usage: str, meaning: str) -> str:
    return f"`{command} {escape(usage)}` {meaning}"


def _choices(nearest: Sequence[str], command: str) -> str:
    shown = [f"`{command} {escape(one, limit=TITLE)}`" for one in nearest[:CHOICES_SHOWN]]
    return " or ".join(shown)
