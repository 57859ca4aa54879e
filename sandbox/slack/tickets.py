"""Things that Slack gives out for a short while: trigger ids and response URLs."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.clock import Clock
from sandbox.slack.errors import RefusalError
from sandbox.slack.ids import Ids, microseconds

TRIGGER_LIFE: Final = timedelta(seconds=3)
RESPONSE_URL_LIFE: Final = timedelta(minutes=30)
RESPONSE_URL_USES: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """A user's act, in exchange for which one modal may be opened.

    Attributes:
        id: The `trigger_id` of the payload.
        user: Who acted.
        view: Id of the modal in which they acted, or None.
        used: True after one view was opened for it.
    """

    id: str
    user: str
    given: datetime
    view: str | None = None
    used: bool = False


class Triggers:
    """Trigger ids: good for 3 seconds and for one view."""

    def __init__(self, *, now: Clock, ids: Ids) -> None:
        self._now = now
        self._ids = ids
        self._given: dict[str, Trigger] = {}

    def give(self, user: str, *, view: str | None = None) -> str:
        """A fresh trigger id."""
        moment = self._now()
        head = microseconds(moment)
        trigger_id = f"{head}.{self._ids.word('team', 12)}.{self._ids.word('trigger', 32)}"
        self._given[trigger_id] = Trigger(id=trigger_id, user=user, given=moment, view=view)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """The act behind the id, which is used up by this.

        Raises:
            RefusalError: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
        """
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise RefusalError("invalid_trigger_id")
        if trigger.used:
            raise RefusalError("exchanged_trigger_id")
        if self._now() - trigger.given > TRIGGER_LIFE:
            raise RefusalError("expired_trigger_id")
        self._given[trigger_id] = replace(trigger, used=True)
        return trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseUrl:
    """Where an app may answer a command or a click without a token.

    Attributes:
        word: The last part of the URL.
        source: (channel, ts) of the message that was clicked; None for a command.
        thread_ts: The thread of that message, or None.
        uses: How often it was used.
    """

    word: str
    user: str
    channel: str
    given: datetime
    source: tuple[str, str] | None = None
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """Response URLs: good for 30 minutes and 5 answers."""

    def __init__(self, *, now: Clock, ids: Ids, base_url: str) -> None:
        self._now = now
        self._ids = ids
        self._base_url = base_url
        self._given: dict[str, ResponseUrl] = {}

    def give(
        self,
        *,
        user: str,
        channel: str,
        source: tuple[str, str] | None = None,
        thread_ts: str | None = None,
    ) -> str:
        """A fresh URL."""
        word = self._ids.word("response", 24)
        self._given[word] = ResponseUrl(
            word=word,
            user=user,
            channel=channel,
            given=self._now(),
            source=source,
            thread_ts=thread_ts,
        )
        return f"{self._base_url}/hooks/{word}"

    def use(self, word: str) -> ResponseUrl:
        """What stands behind the URL; one of its uses is gone by this.

        Raises:
            RefusalError: `no_such_url`, `expired_url` or `used_url`, all with status 404.
        """
        found = self._given.get(word)
        if found is None:
            raise RefusalError("no_such_url", status=404)
        if self._now() - found.given > RESPONSE_URL_LIFE:
            raise RefusalError("expired_url", status=404)
        if found.uses >= RESPONSE_URL_USES:
            raise RefusalError("used_url", status=404)
        self._given[word] = replace(found, uses=found.uses + 1)
        return found
