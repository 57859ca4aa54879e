"""The modal that asks which digest, when, and where to; and reading what comes back from it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from itertools import chain
from zoneinfo import ZoneInfo, available_timezones

from slack_sdk.models.blocks import (
    CheckboxesElement,
    ConversationFilter,
    ConversationSelectElement,
    InputBlock,
    Option,
    OptionGroup,
    PlainTextInputElement,
    StaticMultiSelectElement,
    TimePickerElement,
)
from slack_sdk.models.views import View

from bot.domain.commitment import Pack, Summit
from bot.domain.schedule import WORKDAYS, Schedule, Weekday
from bot.slack import ids
from bot.slack.limits import GROUPS_IN_SELECT, OPTION_TEXT, OPTIONS_IN_SELECT
from bot.slack.messages.blocks import plain
from bot.slack.modals.inputs import ViewValues, labelled, modal

DEFAULT_TIME = time(8, 0)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONGEST_ZONE = 64
_SKIP = "skip"


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscribeForm:
    """What a person wants to get, by the modal or by a command."""

    commitments: tuple[str, ...]  # ids of commitments and summits; empty for all
    schedule: Schedule
    target: str | None  # the channel; None for a direct message to the person who asked
    skip_empty: bool = False  # no digest where there is nothing to say


def subscribe_view(
    pack: Pack, *, timezone: str, channel: str | None = None, chosen: Collection[str] = ()
) -> View:
    """The modal, opened in that channel; `chosen` are ids of commitments or summits."""
    at = TimePickerElement(action_id=ids.VALUE, initial_time=f"{DEFAULT_TIME:%H:%M}")
    zone = PlainTextInputElement(
        action_id=ids.VALUE, initial_value=timezone, max_length=_LONGEST_ZONE
    )
    hint = "A name such as Asia/Seoul, Europe/Paris or America/New_York"
    blocks = [
        *_commitments(pack, frozenset(chosen)),
        _weekdays(),
        labelled(ids.TIME_INPUT, "At", at),
        labelled(ids.TIMEZONE_INPUT, "Time zone", zone, hint=hint),
        _days_without_news(),
        _target(channel),
    ]
    title = "Subscribe to a digest"
    return modal(ids.SUBSCRIBE_VIEW, title, blocks, submit="Subscribe", channel=channel)


def read_subscribe(values: ViewValues) -> SubscribeForm | Mapping[str, str]:
    """The form, or for each `block_id` that is wrong a sentence."""
    errors: dict[str, str] = {}
    weekdays = frozenset(
        Weekday[name] for name in values[ids.WEEKDAYS_INPUT].choices if name in Weekday.__members__
    )
    if not weekdays:
        errors[ids.WEEKDAYS_INPUT] = "Choose at least one day."
    at = _time(values[ids.TIME_INPUT].selected_time)
    if at is None:
        errors[ids.TIME_INPUT] = "Choose a time, such as 08:00."
    zone = values[ids.TIMEZONE_INPUT].text
    if not is_timezone(zone):
        errors[ids.TIMEZONE_INPUT] = _unknown_zone(zone)
    if errors or at is None:
        return errors
    chosen = (value.partition(":")[2] for value in values[ids.COMMITMENTS_INPUT].choices)
    return SubscribeForm(
        commitments=tuple(dict.fromkeys(one for one in chosen if one)),
        schedule=Schedule(weekdays=weekdays, at=at, timezone=zone),
        target=values[ids.TARGET_INPUT].selected_conversation,
        skip_empty=_SKIP in values[ids.EMPTY_INPUT].choices,
    )


def is_timezone(name: str) -> bool:
    """Whether it is an IANA time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Unknown; not a relative path; a folder of the time zone database such as "America".
        return False
    return True


def _unknown_zone(name: str) -> str:
    nearest = get_close_matches(name, available_timezones(), n=1, cutoff=0.6)
    hint = f"did you mean {nearest[0]}?" if nearest else "write a name such as Asia/Seoul."
    return f"I do not know that time zone; {hint}"


def _time(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text or "")
    except ValueError:
        return None


def _commitments(pack: Pack, chosen: frozenset[str]) -> Iterator[InputBlock]:
    """The choice of commitments; nothing for a pack without any, as an empty menu is refused."""
    groups = [group for summit in pack.summits for group in _groups(summit)][:GROUPS_IN_SELECT]
    if not groups:
        return
    options = chain.from_iterable(group.options or () for group in groups)
    initial = [option for option in options if option.value.partition(":")[2] in chosen]
    menu = StaticMultiSelectElement(
        action_id=ids.VALUE,
        placeholder=plain("All commitments", limit=150),
        option_groups=groups,
        initial_options=initial[:OPTIONS_IN_SELECT] or None,
    )
    hint = "Leave it empty for all, also those added later."
    yield labelled(ids.COMMITMENTS_INPUT, "On which commitments", menu, hint=hint, optional=True)


def _groups(summit: Summit) -> Iterator[OptionGroup]:
    """The summit as a whole and its commitments, in groups of 100."""
    if not summit.commitments:
        return
    options = [
        _option(f"s:{summit.id}", f"All of {summit.name}"),
        *(_option(f"c:{one.id}", one.title) for one in summit.commitments),
    ]
    for start in range(0, len(options), OPTIONS_IN_SELECT):
        part = f" ({start // OPTIONS_IN_SELECT + 1})" if start else ""
        name = plain(summit.name, limit=OPTION_TEXT - 6).text
        label = plain(f"{name}{part}", limit=OPTION_TEXT)
        yield OptionGroup(label=label, options=options[start : start + OPTIONS_IN_SELECT])


def _option(value: str, label: str) -> Option:
    return Option(value=value, text=plain(label, limit=OPTION_TEXT))


def _weekdays() -> InputBlock:
    options = [_option(weekday.name, _DAYS[weekday]) for weekday in Weekday]
    boxes = CheckboxesElement(
        action_id=ids.VALUE,
        options=options,
        initial_options=[option for option in options if Weekday[option.value] in WORKDAYS],
    )
    return labelled(ids.WEEKDAYS_INPUT, "On which days", boxes)


def _days_without_news() -> InputBlock:
    box = CheckboxesElement(action_id=ids.VALUE, options=[_option(_SKIP, "Send nothing then")])
    hint = "Otherwise one line says that nothing is new."
    return labelled(ids.EMPTY_INPUT, "Days without news", box, hint=hint, optional=True)


def _target(channel: str | None) -> InputBlock:
    """Where to; direct messages are the empty choice, so that nobody subscribes someone else."""
    menu = ConversationSelectElement(
        action_id=ids.VALUE,
        placeholder=plain("Direct message to me", limit=150),
        initial_conversation=channel if channel and channel[0] in "CG" else None,
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
    )
    hint = "Leave it empty to get it as a direct message. I must be a member of the channel."
    return labelled(ids.TARGET_INPUT, "In which channel", menu, hint=hint, optional=True)
