"""Who gets which digest, when; and the answers to changing it."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import ConfirmObject

from bot.briefing import phrases
from bot.briefing.scope import scope_names
from bot.domain.commitment import Pack
from bot.domain.schedule import next_occurrence
from bot.domain.subscription import Subscription
from bot.slack import ids
from bot.slack.messages.blocks import Chunk, Message, actions, fit, section
from bot.slack.messages.mrkdwn import escape, names, plain, target
from bot.slack.messages.parts import button
from bot.slack.values import SubscribeValue, SubscriptionValue

_SCOPE_SHOWN = 6


def subscriptions_messages(
    subscriptions: Sequence[Subscription], *, pack: Pack, now: datetime
) -> tuple[Message, ...]:
    """The subscriptions, each with its next digest and a button that stops it."""
    add: Chunk = (
        actions(button("Subscribe", action=ids.SUBSCRIBE, value=SubscribeValue().dump())),
    )
    if not subscriptions:
        sentence = "No digest is subscribed here yet."
        return fit([(section(sentence), *add)], text=sentence)
    title = phrases.count(len(subscriptions), "subscription")
    chunks: list[Chunk] = [(section(f"*{title}*"),)]
    chunks += [
        subscription_chunk(one, pack=pack, now=now)
        for one in sorted(subscriptions, key=lambda one: one.id)
    ]
    return fit([*chunks, add], text=title)


def subscription_chunk(subscription: Subscription, *, pack: Pack, now: datetime) -> Chunk:
    """One subscription with the button that stops it."""
    stop = button(
        "Unsubscribe",
        action=ids.UNSUBSCRIBE,
        value=SubscriptionValue(subscription=subscription.id).dump(),
    )
    stop.confirm = ConfirmObject(
        title=plain("Stop this digest?", limit=100),
        text=plain("Nothing more is sent. What was sent stays.", limit=300),
        confirm=plain("Stop it", limit=30),
        deny=plain("Keep it", limit=30),
    )
    return (section(describe(subscription, pack=pack, now=now), accessory=stop),)


def subscribed_message(
    subscription: Subscription, *, pack: Pack, now: datetime, replaced: bool = False
) -> Message:
    """The answer to subscribing, with the first digest's date as a check on what was meant."""
    text = describe(subscription, pack=pack, now=now)
    first = "Changed: " if replaced else "Subscribed: "
    return Message(text=f"{first}{text}", blocks=(section(f"{first}{text}"),))


def unsubscribed_message(subscription: Subscription, *, pack: Pack) -> Message:
    """The answer to unsubscribing."""
    text = f"Stopped: {_what(subscription, pack)} to {target(subscription.target)}."
    return Message(text=text, blocks=(section(text),))


def describe(subscription: Subscription, *, pack: Pack, now: datetime) -> str:
    """What, to whom, when, and when next."""
    rule = subscription.schedule
    lines = [
        f"*{_what(subscription, pack)}* to {target(subscription.target)}",
        escape(phrases.schedule(rule)),
    ]
    upcoming = next_occurrence(rule, now=now)
    if subscription.suspended:
        lines.append(f"Nothing is sent at present: {escape(subscription.suspended, limit=200)}")
    elif upcoming:
        lines.append(f"Next: {phrases.occurrence(upcoming, zone=rule.zone)}")
    return "\n".join(lines)


def _what(subscription: Subscription, pack: Pack) -> str:
    found = scope_names(subscription.commitments, pack)
    if not subscription.commitments:
        return "All commitments"
    extra = len(found) - _SCOPE_SHOWN
    more = f" and {extra} more" if extra > 0 else ""
    return f"{names(found[:_SCOPE_SHOWN])}{more}" if found else "Commitments no longer tracked"
