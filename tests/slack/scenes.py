"""Every surface rendered from one ledger: for looking at all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, time

from slack_sdk.models.views import View

from bot.briefing import Briefing
from bot.briefing.questions import Intent
from bot.briefing.scope import topic_of
from bot.domain.assessment import LONGEST_REASON, Objection
from bot.domain.commitment import Pack
from bot.domain.errors import BriefingError, InputError, Problem
from bot.domain.evidence import Direction, Reviewed, Verdict
from bot.domain.schedule import WORKDAYS, Schedule
from bot.domain.subscription import Subscription
from bot.domain.window import Window
from bot.slack.messages import notes
from bot.slack.messages.assessments import (
    assessed_messages,
    history_messages,
    kept_message,
    objected_message,
    objection_message,
    unkept_message,
)
from bot.slack.messages.blocks import Message
from bot.slack.messages.digest import digest_messages
from bot.slack.messages.evidence import (
    evidence_messages,
    search_messages,
    timeline_messages,
    why_messages,
)
from bot.slack.messages.feeds import feeds_messages
from bot.slack.messages.home import home_view
from bot.slack.messages.notes import (
    commitments_messages,
    help_messages,
    unknown_message,
    unsure_message,
    which_message,
)
from bot.slack.messages.status import commitment_messages, overview_messages, table_messages
from bot.slack.messages.subscriptions import (
    subscribed_message,
    subscriptions_messages,
    unsubscribed_message,
)
from bot.slack.modals.assess import assess_view, object_view
from bot.slack.modals.feeds import feed_add_view
from bot.slack.modals.move import move_view
from bot.slack.modals.subscribe import subscribe_view
from tests.briefing.builders import DAY, NOW, SmallLedger, W, assessment, evidence

TARGETS = frozenset({"C012345", "U01ANALYST"})
Surfaces = Mapping[str, tuple[Message, ...]]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that a renderer may be handed.

    Attributes:
        ledger: Feeds, items and evidence.
        pack: What is tracked.
        words: What somebody typed.
        late: Whether the digest is.
    """

    ledger: SmallLedger
    pack: Pack
    words: str
    late: bool = False

    @property
    def briefing(self) -> Briefing:
        """Answers from the ledger."""
        return Briefing(self.ledger, pack=lambda: self.pack, clock=lambda: NOW)

    @property
    def subscriptions(self) -> list[Subscription]:
        """One for a channel and one, suspended, for a person."""
        schedule = Schedule(weekdays=WORKDAYS, at=time(8), timezone="Asia/Seoul")
        ids = tuple(summit.id for summit in self.pack.summits)
        return [
            Subscription(
                id=number,
                target=target,
                commitments=ids,
                schedule=schedule,
                created_by="U01ANALYST",
                created_at=NOW,
                suspended=suspended,
            )
            for number, (target, suspended) in enumerate(
                (("C012345", None), ("U01ANALYST", self.words)), 1
            )
        ]


async def messages_of(scene: Scene) -> Surfaces:
    """Every kind of message, by name."""
    b, zone = scene.briefing, UTC
    day = Window(since=NOW - DAY, until=NOW)
    feeds = await b.feeds(W)
    digest = await b.digest(W, (), day, timezone="Asia/Seoul", late=scene.late)
    narrow = await b.digest(
        W,
        [s.id for s in scene.pack.summits],
        day,
        timezone="Asia/Seoul",
        already_mentioned=digest.mentions,
    )
    found: dict[str, tuple[Message, ...]] = {
        "digest": digest_messages(digest),
        "digest again": digest_messages(narrow),
        "status all": table_messages(await b.status_table(W), zone=zone),
        "overview": overview_messages(await b.overview(W), zone=zone),
        "feeds": feeds_messages(feeds),
        "search": search_messages(await b.search(W, scene.words), zone=zone),
        "commitments": commitments_messages(scene.pack),
        "help": help_messages({"Ask": [("status <commitment>", "where it stands")]}),
    }
    for one in scene.pack.commitments[:2]:
        found[f"status {one.id}"] = commitment_messages(
            await b.commitment_status(W, one), zone=zone
        )
        found[f"timeline {one.id}"] = timeline_messages(await b.timeline(W, one), zone=zone)
        for offset in (0, 1_000):
            page = await b.evidence(
                W, one, since=NOW - 300 * DAY, until=NOW + DAY, offset=offset, direction=None
            )
            found[f"evidence {one.id} {offset}"] = evidence_messages(page, zone=zone)
        setback = await b.evidence(W, one, direction=Direction.SETBACK)
        found[f"setback {one.id}"] = evidence_messages(setback, zone=zone)
        history = await b.history(W, one)
        found[f"history {one.id}"] = history_messages(history, zone=zone)
    for row in scene.ledger.evidence.rows[:3]:
        found[f"why {row.id}"] = why_messages(await b.why(W, row.id), zone=zone)
    return {**found, **small_messages(scene)}


def small_messages(scene: Scene) -> Surfaces:
    """The messages that need no question to the ledger."""
    words, pack, subs = scene.words, scene.pack, scene.subscriptions
    problem = Problem(where="feeds.yaml", what=words, fix=words, line=3)
    choices = [(c.id, c.title) for c in pack.commitments]
    return {
        **assessment_messages(scene),
        "subscriptions": subscriptions_messages(subs, pack=pack, now=NOW),
        "no subscriptions": subscriptions_messages([], pack=pack, now=NOW),
        "subscribed": (subscribed_message(subs[0], pack=pack, now=NOW),),
        "unsubscribed": (unsubscribed_message(subs[0], pack=pack),),
        "unknown": (unknown_message(words, nearest=[words] * 9),),
        "unknown alone": (unknown_message(words, nearest=[]),),
        "which": (which_message(words, candidates=choices, verb="status"),),
        "which words": (which_message(words, candidates=choices),),
        "unsure": (unsure_message(words, instead=tuple(Intent)),),
        "which none": (which_message(words, candidates=[], verb="status"),),
        "error": (notes.error_message(BriefingError(words)),),
        "problems": (notes.error_message(InputError(*[problem] * 9)),),
        "apology": (notes.apology_message("a1b2c3"),),
        "reviewed": tuple(
            notes.reviewed_message(
                Reviewed(
                    act=1,
                    before=(evidence(verdict=Verdict.MOVED, verdict_by=words),) * 3,
                    after=(evidence(verdict=verdict, verdict_by=words),) * 3,
                ),
                actor="U01ME",
            )
            for verdict in (None, *Verdict)
        ),
    }


def assessment_messages(scene: Scene) -> Surfaces:
    """What is said of an assessment, of words as long as they may be."""
    rows, found = scene.ledger.evidence.rows, dict[str, tuple[Message, ...]]()
    long = (f"{scene.words} " * 200)[:LONGEST_REASON] or "So it is."
    note = Objection(id=1, assessment_id=1, actor="U01ANALYST", at=NOW, reason=long)
    for one in scene.pack.commitments[:1]:
        made = assessment(*range(1, 40), commitment=one.id, party=scene.words, reason=long)
        topic = topic_of(one, scene.pack)
        announced = assessed_messages(made, topic=topic, cited=rows, before=made, zone=UTC)
        found = {
            "assessed": announced,
            "kept": (kept_message(made, topic=topic, channels=["C012345"]),),
            "kept alone": (kept_message(made, topic=topic, channels=[]),),
            "objection": (objection_message(note, made, topic=topic),),
            "objected": (objected_message(note),),
            "unkept": (unkept_message(long),),
            "assess here": (notes.assess_here_message(one),),
        }
    return found


async def views_of(scene: Scene) -> Mapping[str, View]:
    """Every modal and Home tab, by name."""
    table = await scene.briefing.status_table(W)
    feeds = await scene.briefing.feeds(W)
    subs = scene.subscriptions
    return {
        "home": home_view(table, subs, pack=scene.pack, zone=UTC),
        "home admin": home_view(table, subs * 30, pack=scene.pack, zone=UTC, feeds=feeds),
        "subscribe": subscribe_view(
            scene.pack,
            timezone="Asia/Seoul",
            channel="C012345",
            chosen=[c.id for c in scene.pack.commitments],
        ),
        "feed": feed_add_view("C012345"),
        "object": object_view(
            assessment(reason=scene.words * 20, party=scene.words), channel="C012345", zone=UTC
        ),
        **{
            f"assess {one.id}": assess_view(
                await scene.briefing.assessment_form(W, one), channel="C012345", zone=UTC
            )
            for one in scene.pack.commitments[:2]
        },
        **{
            f"move {row.id}": move_view(
                await scene.briefing.why(W, row.id),
                scene.pack,
                nearest=scene.pack.commitments[:3],
                place="C012345 1.2 3.4",
                zone=UTC,
            )
            for row in scene.ledger.evidence.rows[:3]
        },
    }
