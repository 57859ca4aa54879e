"""The demo: the real bot against the pretend Slack and feed server, on a clock moved by hand."""

import asyncio
import logging
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.rule import Rule

from bot.bootstrap import Bot, open_bot
from bot.briefing.phrases import count
from bot.cli.console import out
from bot.domain.schedule import EVERY_DAY, Schedule, next_occurrence
from bot.jobs import Duties, JobName
from bot.logs import set_up_logging
from bot.serve import running
from bot.settings import LogFormat, Settings
from bot.slack.ids import FEED_ADD_CONFIRM
from sandbox.feed_server import FeedServer, Milestone
from sandbox.slack import SandboxSlack
from sandbox.slack.model import Message
from sandbox.slack.terminal import render_message, render_view

_CHANNEL = "summit-desk"
_PACK = Path(__file__).parents[1] / "commitments.yaml"
_WIDTH = 110
_EVERY = {
    # The stage nudges these two itself, when it has moved the clock.
    JobName.POLL: timedelta(hours=1),
    JobName.DIGESTS: timedelta(hours=1),
    JobName.SEND: timedelta(seconds=1),
    JobName.FILES: timedelta(seconds=1),
}
_SUBSCRIBE = "subscribe daily 08:00 Asia/Seoul"
_SCHEDULE = Schedule(weekdays=EVERY_DAY, at=time(8), timezone="Asia/Seoul")
_COMMAND = re.compile(r"(?:(?P<user>analyst|admin)\s+)?/briefing\b(?P<text>.*)")
_HELP = (
    "Write as the analyst of the workspace. `/briefing status yongbyon` runs the command, "
    "`@briefing anything on exercises?` mentions the bot, `admin /briefing feeds` runs it as an "
    "admin, `next` goes on a day, `quit` ends."
)


async def play(*, once: bool) -> None:
    """Show the replay, and then a conversation unless `once` is set."""
    async with staged() as stage:
        await tell(stage)
        if not once:
            await converse(stage)


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
        feed_server: The pretend feed server.
        bot: The bot, connected and running.
        clock: Time on stage; the feed server and the bot go by it.
        console: Where the reader looks.
    """

    slack: SandboxSlack
    feed_server: FeedServer
    bot: Bot
    clock: StageClock
    console: Console

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        """Where the time-lapse stops."""
        return self.feed_server.chronology.milestones


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
            FeedServer.start(clock=clock) as feed_server,
        ):
            settings = _settings(Path(folder), slack, feed_server)
            opening = open_bot(settings, Duties(every=_EVERY, post_interval_s=0), clock=clock)
            async with opening as bot, running(bot, settings):
                await slack.connected()
                yield Stage(
                    slack=slack, feed_server=feed_server, bot=bot, clock=clock, console=console
                )


def _settings(folder: Path, slack: SandboxSlack, feed_server: FeedServer) -> Settings:
    """What a real installation has in its environment, read the same way."""
    feeds = folder / "feeds.yaml"
    feeds.write_text(feed_server.feeds_yaml(), encoding="utf-8")
    values = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "FEEDS_FILE": str(feeds),
        "COMMITMENTS_FILE": str(_PACK),
        "BRIEFING_ADMINS": slack.users["admin"],
        "BRIEFING_TIMEZONE": "Asia/Seoul",
        "BRIEFING_ALLOW_NETWORKS": "127.0.0.0/8",
    }
    return Settings.model_validate({name.lower(): value for name, value in values.items()})


async def tell(stage: Stage) -> None:
    """Play the replay through: news, digests, a question, an admin's edit."""
    teller = _Teller(stage)
    console = stage.console
    console.print(
        Panel(
            "A pretend Slack and a pretend feed server run on this machine; the bot is the real "
            "one, connected over Socket Mode. Outlets and wording are made up, dates and facts "
            "are not.",
            title="Summit Briefing Bot",
        )
    )
    await teller.command("analyst", _SUBSCRIBE)
    half, last = len(stage.milestones) // 2, len(stage.milestones) - 1
    for number, milestone in enumerate(stage.milestones):
        console.print(Rule(f"{milestone.at:%d %B %Y} · {milestone.headline}"))
        await teller.go_on(milestone.at)
        if number == 1:
            await teller.command("analyst", "status remains")
        if number == half:
            feed = stage.feed_server.extra_feed
            await teller.command("admin", f"feeds add {feed.url} {feed.title}")
            await teller.press("admin", FEED_ADD_CONFIRM)
        await teller.digest_of_next_morning(whole=number in {0, last})
        if number == last:
            await teller.mention("analyst", "@briefing where are we on the engine test site?")
            await teller.command("analyst", "status all")


async def converse(stage: Stage) -> None:
    """Converse with the person until they leave or the input ends."""
    teller = _Teller(stage)
    stage.console.print(Rule("your turn"))
    stage.console.print(_HELP)
    while True:
        stage.console.print("[bold]analyst>[/] ", end="")
        line = await asyncio.to_thread(sys.stdin.readline)
        words = line.strip()
        if not line or words.casefold() in {"quit", "exit"}:
            return
        if words.casefold() == "next":
            await teller.go_on(stage.clock() + timedelta(days=1))
        elif spoken := _COMMAND.fullmatch(words):
            await teller.command(spoken["user"] or "analyst", spoken["text"].strip())
        elif words:
            await teller.mention(
                "analyst", words if words.startswith("@") else f"@briefing {words}"
            )


class _Teller:
    """Moves the clock, plays the users, and shows what a reader of the channel sees."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._slack = stage.slack
        self._console = stage.console

    async def go_on(self, moment: datetime) -> None:
        """Move the clock, poll and file, and show how much is new."""
        stage = self._stage
        stage.clock.move_to(max(moment, stage.clock()))
        with _working(stage, "Reading the feeds"):
            summary = await stage.bot.core.poller.run(stage.bot.core.workspace, everything=True)
        self._console.print(
            f"  {count(summary.poll.items_new, 'new item')} from "
            f"{count(summary.poll.feeds, 'feed')}, {summary.filing.evidence_new} filed as "
            f"evidence in {count(summary.filing.stories_new, 'story', 'stories')}"
        )

    async def digest_of_next_morning(self, *, whole: bool) -> None:
        """Go on to the next 08:00 in Seoul, when the subscription is due, and show the digest.

        Args:
            whole: Show all of it; otherwise only its first line, which notifications show.
        """
        stage = self._stage
        before = len(self._slack.messages(_CHANNEL))
        due = next_occurrence(_SCHEDULE, now=stage.clock())
        if due is None:
            raise RuntimeError("a schedule of every day has a next day")
        stage.clock.move_to(due.instant + timedelta(minutes=1))
        stage.bot.scheduler.nudge(JobName.DIGESTS)
        with _working(stage, "Composing the digest"):
            await self._slack.wait_for(
                lambda slack: len(slack.messages(_CHANNEL)) > before, timeout_s=30
            )
        posted = self._slack.messages(_CHANNEL)[before:]
        if whole:
            self._show(posted)
        else:
            self._console.print(f"  digest posted: {posted[0].text.splitlines()[0]}", markup=False)

    async def command(self, user: str, text: str) -> None:
        """Run `/briefing` as a user and show the answer."""
        self._console.print(f"\n[bold]{user}[/] /briefing {text}", highlight=False)
        before = len(self._slack.ephemerals(user, _CHANNEL))
        views = len(self._slack.views(user))
        call = await self._slack.command(
            user=user, channel=_CHANNEL, command="/briefing", text=text
        )
        await self._slack.wait_for(
            lambda slack: (
                len(slack.ephemerals(user, _CHANNEL)) > before or len(slack.views(user)) > views
            ),
            timeout_s=30,
        )
        self._show(self._slack.ephemerals(user, _CHANNEL)[before:])
        for view in self._slack.views(user)[views:]:
            self._console.print(render_view(view, reader=self._slack.reader(user)))
        if call.ack_ms is not None:
            self._console.print(f"  acknowledged in {call.ack_ms:.0f} ms", style="dim")

    async def press(self, user: str, action_id: str) -> None:
        """Press a button in the last answer, and show what takes the answer's place."""
        before = self._slack.ephemerals(user, _CHANNEL)[-1]
        self._console.print(f"\n[bold]{user}[/] presses a button", highlight=False)
        await self._slack.click(user=user, message=before, action_id=action_id)
        await self._slack.wait_for(
            lambda slack: slack.ephemerals(user, _CHANNEL)[-1] != before, timeout_s=30
        )
        self._show(self._slack.ephemerals(user, _CHANNEL)[-1:])

    async def mention(self, user: str, text: str) -> None:
        """Write to the bot in the channel and show its answer in the thread."""
        self._console.print(f"\n[bold]{user}[/] {text}", highlight=False)
        said = await self._slack.say(user=user, channel=_CHANNEL, text=text)
        ts = said.message.ts
        await self._slack.wait_for(
            lambda slack: any(m.user == slack.bot_user_id for m in slack.replies(_CHANNEL, ts)),
            timeout_s=30,
        )
        self._show(m for m in self._slack.replies(_CHANNEL, ts) if m.ts != ts)

    def _show(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._console.print(render_message(message, reader=self._slack.reader("analyst")))


def _working(stage: Stage, what: str) -> Progress:
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=stage.console, transient=True
    )
    bar.add_task(what, total=None)
    return bar
