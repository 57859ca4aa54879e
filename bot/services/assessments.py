"""Assessments: checked, kept, and told in the channels that follow the commitment."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, tzinfo

from bot.briefing.scope import topic_named
from bot.domain.assessment import Assessment, Judgement, Objection, problems_of
from bot.domain.clock import Clock
from bot.domain.commitment import Commitment, Pack
from bot.domain.errors import InputError
from bot.domain.subscription import DeliveryKind, NewDelivery, Subscription
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.slack.messages.assessments import assessed_messages, objection_message
from bot.slack.messages.blocks import payloads
from bot.slack.modals.assess import JudgementForm


@dataclass(frozen=True, slots=True)
class AssessmentService:
    """Keeps what people judge.

    `zone` is for dates where Slack cannot tell a reader's own zone.
    """

    ledger: Ledger
    pack: Callable[[], Pack]
    clock: Clock
    zone: tzinfo = UTC

    async def add(
        self, workspace: WorkspaceId, form: JudgementForm, *, actor: str
    ) -> tuple[Assessment, tuple[str, ...]]:
        """Puts a judgement on record; gives it with the channels where it is told.

        Raises:
            InputError: It may not be an assessment; each problem is named.
            NotFoundError: It cites what is no evidence for the commitment, or not any more.
        """
        pack = self.pack()
        judgement = Judgement(scale=pack.scale, **asdict(form))
        if problems := tuple(problems_of(judgement, pack)):
            raise InputError(*problems)
        ids = [judgement.commitment_id]
        filed = await self.ledger.evidence.list(workspace, commitments=ids)
        cited = [one for one in filed if one.id in judgement.evidence]
        earlier = {one.id: one for one in await self.ledger.assessments.list(
            workspace, commitments=ids
        )}  # fmt: skip
        subscriptions = await self.ledger.subscriptions.list(workspace)
        channels = following(pack.by_id[judgement.commitment_id], subscriptions)
        topic = topic_named(judgement.commitment_id, pack)

        def tell(made: Assessment) -> tuple[NewDelivery, ...]:
            messages = assessed_messages(
                made,
                topic=topic,
                cited=cited,
                before=earlier.get(made.supersedes or 0),
                zone=self.zone,
            )
            return tuple(
                NewDelivery(
                    key=f"assessment:{made.id}:{channel}",
                    kind=DeliveryKind.ASSESSMENT,
                    target=channel,
                    payloads=payloads(messages),
                )
                for channel in channels
            )

        made = await self.ledger.assessments.add(
            workspace, judgement, actor=actor, at=self.clock(), tell=tell
        )
        return made, channels

    async def get(self, workspace: WorkspaceId, assessment_id: int) -> Assessment:
        """One assessment; `NotFoundError` for an unknown one."""
        return await self.ledger.assessments.get(workspace, assessment_id)

    async def object(
        self, workspace: WorkspaceId, assessment_id: int, reason: str, *, actor: str
    ) -> Objection:
        """Puts a note against an assessment on record, and tells its author.

        Raises:
            NotFoundError: There is no such assessment.
        """
        against = await self.ledger.assessments.get(workspace, assessment_id)
        topic = topic_named(against.commitment_id, self.pack())

        def tell(made: Objection) -> tuple[NewDelivery, ...]:
            message = objection_message(made, against, topic=topic)
            told = NewDelivery(
                key=f"objection:{made.id}",
                kind=DeliveryKind.ASSESSMENT,
                target=against.actor,
                payloads=(message.payload(),),
            )
            return () if actor == against.actor else (told,)

        return await self.ledger.assessments.object(
            workspace, assessment_id, reason, actor=actor, at=self.clock(), tell=tell
        )


def following(commitment: Commitment, subscriptions: tuple[Subscription, ...]) -> tuple[str, ...]:
    """The channels, each once, of which a live subscription covers the commitment."""
    covering = {commitment.id, commitment.summit_id}
    return tuple(
        sorted(
            {
                one.target
                for one in subscriptions
                if one.target[:1] in {"C", "G"}
                and one.suspended is None
                and (not one.commitments or covering & set(one.commitments))
            }
        )
    )
