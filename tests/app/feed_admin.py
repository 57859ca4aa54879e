"""What an admin does with the feed list in Slack, for the tests."""

import asyncio
import json

from bot.config.feeds_file import read_feeds_file

NEWS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire &lt;!channel&gt;</title>'
    b"<item><guid>1</guid><title>US soldiers' remains returned from Wonsan &lt;!here&gt;</title>"
    b"<link>https://example.org/1</link><pubDate>Fri, 27 Jul 2018 08:00:00 GMT</pubDate></item>"
    b"<item><guid>2</guid><title>Football results</title></item></channel></rss>"
)
PAGE = (
    b'<html><head><link rel="alternate" type="application/rss+xml" href="/a.xml">'
    b'<link rel="alternate" type="application/atom+xml" href="/b.xml"></head></html>'
)
OPML = (
    b'<opml version="2.0"><body><outline text="X &lt;!here&gt;" xmlUrl="https://x.example/f"/>'
    b'<outline text="bad" xmlUrl="ftp://x.example/"/></body></opml>'
)
ADMIN = "admin"


def text_of(messages) -> str:
    return "\n".join(json.dumps(m.body, ensure_ascii=False) for m in messages)


def controls_of(message) -> list[str]:
    return [
        part["action_id"]
        for block in message.blocks
        for part in (*block.get("elements", []), block.get("accessory") or {})
        if "action_id" in part
    ]


def listed(house) -> list[str]:
    return [feed.url for feed in read_feeds_file(house.feeds_file).feeds.feeds]


async def admin(house, text: str):
    """The admin's command, and the last message of its answer."""
    messages, delivery = await house.ask(text, user=ADMIN)
    assert delivery.acknowledged
    return messages[-1]


async def press(house, message, action_id: str, *, user: str = ADMIN, value=None, block_id=None):
    """Button in a message, and wait until something that the user sees has changed."""

    def seen(slack):
        return [(m.ts, m.body) for m in (*slack.ephemerals(user), *slack.dm(user))]

    before = seen(house.slack)
    await house.slack.click(
        user=user, message=message, action_id=action_id, value=value, block_id=block_id
    )
    await house.slack.wait_for(lambda s: seen(s) != before)
    changed = [m for m in (*house.slack.ephemerals(user), *house.slack.dm(user))
               if (m.ts, m.body) not in before]  # fmt: skip
    return changed[-1]


async def double_click(house, message, action_id: str) -> None:
    """Two clicks at the same moment, both acknowledged."""
    await asyncio.gather(
        *(house.slack.click(user=ADMIN, message=message, action_id=action_id) for _ in range(2))
    )
