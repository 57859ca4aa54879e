"""A small pack on a made-up lake treaty and a climate pledge, and items about it."""

from datetime import UTC, datetime

from bot.domain.commitment import Commitment, Pack, Summit, Watch
from bot.domain.item import ItemText

RIVER = Commitment(
    id="dam",
    title="Filling of the dam",
    text="Ethiopia commits to fill the reservoir of the dam in steps and to share river data.",
    summit_id="nile",
)
DRILLS = Commitment(
    id="drills",
    title="Suspension of joint military exercises",
    text="Egypt and Sudan suspend large joint military exercises near the border.",
    summit_id="nile",
)
COAL = Commitment(
    id="coal",
    title="Phasing out coal power",
    text="Germany commits to close its coal-fired power plants and to stop coal mining.",
    summit_id="climate",
)
FORESTS = Commitment(
    id="forests",
    title="Ending deforestation",
    text="Brazil commits to halt forest loss in the Amazon by 2030.",
    summit_id="climate",
)


def pack_of(*commitments: Commitment) -> Pack:
    names = dict.fromkeys(c.summit_id for c in commitments)
    return Pack(
        summits=tuple(
            Summit(
                id=name,
                name=name,
                commitments=tuple(c for c in commitments if c.summit_id == name),
            )
            for name in names
        )
    )


PACK = pack_of(RIVER, DRILLS, COAL, FORESTS)
GIVEN = pack_of(
    Commitment(
        id="coal",
        title="Phasing out coal power",
        text="Germany commits to close its coal-fired power plants.",
        summit_id="climate",
        watch=Watch(any=("Hambach", "lignite"), none=("charcoal",)),
        progress=("Utility shuts lignite plant early",),
        setback=("Court lets coal mine expand",),
    ),
    FORESTS,
)


def item(
    title: str, summary: str = "", *, name: str = "i", day: int | None = None, source: str = "x"
) -> ItemText:
    when = None if day is None else datetime(2024, 5, day, tzinfo=UTC)
    return ItemText(id=name, title=title, summary=summary, source=source, published_at=when)
