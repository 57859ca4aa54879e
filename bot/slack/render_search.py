"""What was found for some words."""

from datetime import tzinfo

from bot.briefing import words
from bot.briefing.answers import Hit, SearchAnswer
from bot.briefing.stories import title_of
from bot.slack.message import Chunk, Message, fit, section
from bot.slack.mrkdwn import date, escape, link
from bot.slack.render_parts import ALSO_SHOWN, GAP_WORDS, HEADLINE, OUTLET, topics

_WORDS = 120


def search_messages(answer: SearchAnswer, *, zone: tzinfo) -> tuple[Message, ...]:
    """The items found, best first, each with what it is filed under."""
    asked = f"“{escape(answer.words, limit=_WORDS)}”"
    if answer.gap:
        blocks = (section(f"Search for {asked}: {GAP_WORDS[answer.gap]}"),)
        return fit([blocks], text=f"Search for {asked}: nothing")
    number = words.count(len(answer.hits), "item")
    chunks: list[Chunk] = [(section(f"Search for {asked}: {number}, best first"),)]
    chunks += [(section(_hit(hit, zone=zone)),) for hit in answer.hits]
    return fit(chunks, text=f"Search for {asked}: {number}")


def _hit(hit: Hit, *, zone: tzinfo) -> str:
    item = hit.item
    title = link(item.url, title_of(item), limit=HEADLINE)
    source = f"{escape(item.outlet, limit=OUTLET)} · {date(item.published_at, zone=zone)}"
    filed = f"under {topics(hit.topics, shown=ALSO_SHOWN)}" if hit.topics else "not filed"
    return f"• {title} · {source} · {filed}"
