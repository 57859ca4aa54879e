"""The demo's stage: sandbox, newsroom, a clock that is moved by hand, and the bot itself."""

import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from bot.app import Bot, open_bot
from bot.cli.console import out
from bot.domain.errors import BriefingError
from bot.logs import set_up_logging
from bot.sandbox.newsroom import Milestone, Newsroom
from bot.sandbox.slack import SandboxSlack
from bot.serve import running
from bot.settings import LogFormat, Settings
from bot.wiring import Pace

CHANNEL = "summit-desk"
_WIDTH = 110
_PACE = Pace(
    poll=timedelta(hours=1),  # the stage nudges the ticks itself, when it has moved the clock
    digests=timedelta(hours=1),
    send=timedelta(seconds=1),
    files=timedelta(seconds=1),
    post=timedelta(),
)


class StageClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The moment on stage."""
        return self.now

    def move_to(self, moment: datetime) -> None:
        """Go on to a later moment.

        Raises:
            ValueError: It is earlier.
        """
        if moment < self.now:
            raise ValueError("time on stage does not run backwards")
        self.now = moment


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """All that the demo holds.

    Attributes:
        slack: The pretend workspace.
        newsroom: The pretend newsroom.
        bot: The bot, connected and running.
        clock: Time on stage; the newsroom and the bot go by it.
        console: Where the reader looks.
    """

    slack: SandboxSlack
    newsroom: Newsroom
    bot: Bot
    clock: StageClock
    console: Console

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        """Where the time-lapse stops."""
        return self.newsroom.chronology.milestones


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """The stage with the bot connected; everything is in a temporary folder and gone afterwards."""
    # Into a file or a pipe, a line may be as long as a message is easily read.
    console = out if out.is_terminal else Console(width=_WIDTH)
    set_up_logging(LogFormat.TEXT, level=logging.ERROR)
    clock = StageClock(datetime(2018, 6, 8, 6, tzinfo=UTC))
    with tempfile.TemporaryDirectory(prefix="briefing-demo-") as folder:
        async with (
            SandboxSlack.start(now=clock) as slack,
            Newsroom.start(clock=clock) as newsroom,
        ):
            settings = _settings(Path(folder), slack, newsroom)
            async with open_bot(settings, clock=clock, pace=_PACE) as bot, running(bot, settings):
                await slack.connected()
                yield Stage(slack=slack, newsroom=newsroom, bot=bot, clock=clock, console=console)


def _settings(folder: Path, slack: SandboxSlack, newsroom: Newsroom) -> Settings:
    """What a real installation has in its environment, read the same way."""
    feeds = folder / "feeds.yaml"
    feeds.write_text(newsroom.feeds_yaml(), encoding="utf-8")
    values = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "FEEDS_FILE": str(feeds),
        "COMMITMENTS_FILE": str(_default_pack()),
        "BRIEFING_ADMINS": slack.users["admin"],
        "BRIEFING_TIMEZONE": "Asia/Seoul",
        "BRIEFING_ALLOW_NETWORKS": "127.0.0.0/8",
    }
    return Settings.model_validate({name.lower(): value for name, value in values.items()})


def _default_pack() -> Path:
    """commitments.yaml of the checkout: the demo's newsroom is about that subject."""
    for folder in (Path.cwd(), Path(__file__).parents[2]):
        if (folder / "commitments.yaml").is_file():
            return folder / "commitments.yaml"
    raise BriefingError(
        "the demo needs the default commitments.yaml; run it in a checkout of the project"
    )
