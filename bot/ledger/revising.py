"""New texts of old items: the old ones are kept, up to a number."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.domain.wording import differs_in_substance
from bot.ledger.identity import Plan, Sighting
from bot.ledger.rows import batches
from bot.ledger.tables import item_revisions, items

KEPT_TEXTS = 50
"""Earlier texts kept of one item."""


def revise(connection: Connection, plan: Plan, *, at: datetime) -> list[int]:
    """Keep the old texts of edited items, and store the new ones; gives the items' numbers.

    Always in the order of the items' numbers, so that two transactions cannot wait for each other.
    The item's date stays: an edit moves nothing into another window.
    """
    if not plan.revised:
        return []
    revised = sorted(plan.revised, key=lambda pair: pair[0])
    ids = [item_id for item_id, _ in revised]
    titles: dict[int, str] = {}
    for batch in batches(ids):
        titles |= _keep_texts(connection, batch, at=at)
    newer = (
        update(items)
        .where(items.c.id == bindparam("item_id"))
        .values(
            revision=items.c.revision + 1,
            changed_at=func.coalesce(
                bindparam("new_changed_at", type_=items.c.changed_at.type), items.c.changed_at
            ),
            **{name: bindparam(f"new_{name}") for name in _text_of(revised[0][1])},
        )
    )
    connection.execute(
        newer,
        [
            {
                "item_id": item_id,
                "new_changed_at": at if _tells_other_news(titles[item_id], sighting) else None,
                **{f"new_{k}": v for k, v in _text_of(sighting).items()},
            }
            for item_id, sighting in revised
        ],
    )
    return ids


def _tells_other_news(title: str, sighting: Sighting) -> bool:
    return differs_in_substance(title, sighting.entry.title)


def _keep_texts(connection: Connection, item_ids: Sequence[int], *, at: datetime) -> dict[int, str]:
    """Copy the items' texts to where earlier texts are kept, at most `KEPT_TEXTS` of each item.

    Gives the titles that the items had.

    A feed that changes an item whenever it is asked would fill the disk: the first text stays,
    and the newest ones.
    """
    newest = select(
        items.c.id.label("item_id"),
        items.c.revision,
        items.c.title,
        items.c.summary,
        items.c.content_hash,
    ).where(items.c.id.in_(item_ids))
    held = newest.order_by(items.c.id).with_for_update(key_share=True)
    rows = [{**row, "replaced_at": at} for row in connection.execute(held).mappings()]
    connection.execute(insert(item_revisions), rows)
    surplus = [
        {"item": row["item_id"], "surplus": row["revision"] - KEPT_TEXTS + 1}
        for row in rows
        if row["revision"] > KEPT_TEXTS
    ]
    if surplus:
        statement = delete(item_revisions).where(
            item_revisions.c.item_id == bindparam("item"),
            item_revisions.c.revision > 1,
            item_revisions.c.revision <= bindparam("surplus"),
        )
        connection.execute(statement, surplus)
    return {row["item_id"]: row["title"] for row in rows}


def _text_of(sighting: Sighting) -> dict[str, object]:
    entry = sighting.entry
    return {
        "url": entry.url,
        "canonical_url": sighting.address,
        "title": entry.title,
        "summary": entry.summary,
        "language": entry.language,
        "content_hash": entry.content_hash,
    }
