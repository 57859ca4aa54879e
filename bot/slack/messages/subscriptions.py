"""Who gets which digest, when; and the answers to changing it."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement, ConfirmObject

from bot.briefing import phrases
from bot.briefing.scope import scope_names
from bot.domain.commitment import Pack
from bot.domain.schedule import next_occurrence
from bot.domain.subscription import Subscription
from bot.slack import ids
from bot.slack.button_values import SubscribeValue, SubscriptionValue
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    actions,
    escape,
    fit,
    names,
    note,
    plain,
    section,
    target,
)
from bot.slack.messages.parts import button

_SCOPE_SHOWN = 6


def subscriptions_messages(
    subscriptions: Sequence[Subscription], *, pack: Pack, now: datetime
) -> tuple[Message, ...]:
    """The subscriptions, each with its next digest and a button that stops it."""
    add: Chunk = (actions(button("Subscribe", ids.SUBSCRIBE, SubscribeValue())),)
    if not subscriptions:
        sentence = "No digest is subscribed here yet."
        return fit([(section(sentence), *add)], text=sentence)
    title = phrases.count(len(subscriptions), "subscription")
    ordered = sorted(subscriptions, key=lambda one: one.id)
    chunks = (subscription_chunk(one, pack=pack, now=now) for one in ordered)
    return fit([(section(f"*{title}*"),), *chunks, add], text=title)


def subscription_chunk(subscription: Subscription, *, pack: Pack, now: datetime) -> Chunk:
    """One subscription with the button that stops it."""
    stop = stop_button(subscription.id, "Unsubscribe")
    return (section(describe(subscription, pack=pack, now=now), accessory=stop),)


def stop_button(subscription_id: int, label: str) -> ButtonElement:
    """The button that stops a subscription, which asks first."""
    stop = button(label, ids.UNSUBSCRIBE, SubscriptionValue(subscription=subscription_id))
    stop.confirm = ConfirmObject(
        title=plain("Stop this digest?", limit=100),
        text=plain("Nothing more is sent. What was sent stays.", limit=300),
        confirm=plain("Stop it", limit=30),
        deny=plain("Keep it", limit=30),
    )
    return stop


def subscribed_message(subscription: Subscription, *, pack: Pack, now: datetime) -> Message:
    """The answer to subscribing, with the first digest's date as a check on what was meant."""
    return note(f"Subscribed: {describe(subscription, pack=pack, now=now)}")


def unsubscribed_message(subscription: Subscription, *, pack: Pack) -> Message:
    """The answer to unsubscribing."""
    return note(f"Stopped: {_what(subscription, pack)} to {target(subscription.target)}.")


def gone_message(subscription: Subscription, lost: Sequence[str], *, goes_on: bool) -> Message:
    """The word to a subscription's owner that what it names, here by title, is tracked no more."""
    what = names(lost, shown=_SCOPE_SHOWN)
    here = f"Your digest {subscription.id} to {target(subscription.target)}"
    verb = "is" if len(lost) == 1 else "are"
    end = f"`/briefing unsubscribe {subscription.id}` ends it"
    rest = "rests, since nothing else is in it: it goes on when that is tracked again"
    rest = "goes on with the rest" if goes_on else f"{rest}, and {end}"
    return note(f"{what} {verb} no longer tracked. {here} {rest}.")


def describe(subscription: Subscription, *, pack: Pack, now: datetime) -> str:
    """What, to whom, when, and when next."""
    rule = subscription.schedule
    lines = [
        f"*{_what(subscription, pack)}* to {target(subscription.target)}",
        f"{escape(phrases.schedule(rule))}{'; not where nothing is new' * subscription.skip_empty}",
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
    return names(found, shown=_SCOPE_SHOWN) if found else "Commitments no longer tracked"
