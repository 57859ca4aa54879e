import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from bot.domain.evidence import Direction, Match
from bot.matching.second_opinion import Endpoint, SecondOpinion
from tests.matching.packs import PACK, item

ITEM = item("Germany closes coal plant", "Two units were shut.")
DOUBTFUL = Match(commitment_id="coal", score=0.5, direction=Direction.NEUTRAL, sure=False)
SURE = Match(commitment_id="forests", score=0.95, direction=Direction.PROGRESS, sure=True)
YES = {"bears": True, "direction": "progress", "reason": "plants\nclosed"}
NO = {"bears": False, "direction": "neutral", "reason": "another matter"}


class Model:
    """A local endpoint that answers as it is told, and keeps what it was asked."""

    def __init__(self):
        self.asked = []
        self.answer = YES
        self.status = 200
        self.raw = None
        self.hang = False
        self.url = ""

    async def handle(self, request):
        self.asked.append((dict(request.headers), await request.json()))
        if self.hang:
            await asyncio.Event().wait()
        if self.raw is not None:
            return web.Response(body=self.raw, status=self.status)
        content = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        body = {"choices": [{"message": {"role": "assistant", "content": content}}]}
        return web.json_response(body, status=self.status)


@pytest.fixture
async def model():
    found = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    found.url = f"http://{host}:{port}/v1"
    yield found
    await runner.cleanup()


@pytest.fixture
async def client():
    async with httpx.AsyncClient() as found:
        yield found


class Cache:
    """Answers in memory, as the ledger keeps them."""

    def __init__(self):
        self.kept = {}

    async def get(self, key):
        found = self.kept.get(key)
        return found[0] if found else None

    async def put(self, key, answer, *, at):
        self.kept[key] = answer, at

    async def count(self, *, since):
        return sum(at >= since for _, at in self.kept.values())


class Now:
    def __init__(self):
        self.at = datetime(2024, 5, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.at


@pytest.fixture
def now():
    return Now()


def opinion_of(model, client, now, cache=None, **endpoint):
    given = Endpoint(url=model.url, model="m", **({"key": "secret"} | endpoint))
    return SecondOpinion(given, client=client, cache=cache or Cache(), clock=now)


async def test_a_confirmed_match_gets_direction_and_reason_and_stays_unsure(model, client, now):
    (kept,) = await opinion_of(model, client, now).reconsider(PACK, ITEM, [DOUBTFUL])
    assert kept.direction is Direction.PROGRESS
    assert kept.reasons == ("second opinion: plants closed",)
    assert not kept.sure
    assert kept.score == DOUBTFUL.score


async def test_a_denied_match_is_dropped(model, client, now):
    model.answer = NO
    assert await opinion_of(model, client, now).reconsider(PACK, ITEM, [DOUBTFUL]) == ()


async def test_sure_matches_are_not_asked_about(model, client, now):
    assert await opinion_of(model, client, now).reconsider(PACK, ITEM, [SURE]) == (SURE,)
    assert model.asked == []


async def test_the_question_names_model_key_item_and_commitment(model, client, now):
    await opinion_of(model, client, now).reconsider(PACK, ITEM, [DOUBTFUL])
    ((headers, body),) = model.asked
    assert headers["Authorization"] == "Bearer secret"
    assert body["model"] == "m"
    asked = json.loads(body["messages"][1]["content"])
    assert asked["item"]["title"] == ITEM.title
    assert asked["commitment"]["title"] == "Phasing out coal power"


@pytest.mark.parametrize(
    "answer",
    [
        "no JSON",
        "",
        '{"bears": true}',
        '{"bears": true, "direction": "up", "reason": ""}',
        '{"bears": true, "direction": "progress", "reason": "", "score": 1}',
        json.dumps({**YES, "reason": "x" * 201}),
    ],
)
async def test_a_bad_answer_leaves_the_match_as_it_was(model, client, now, answer):
    model.answer = answer
    assert await opinion_of(model, client, now).reconsider(PACK, ITEM, [DOUBTFUL]) == (DOUBTFUL,)


@pytest.mark.parametrize(
    ("status", "raw"),
    [(500, None), (429, None), (302, None), (200, b"<html>"), (200, b"{}"), (200, b"x" * 70_000)],
)
async def test_a_failing_endpoint_leaves_the_match_as_it_was(model, client, now, status, raw):
    model.status, model.raw = status, raw
    assert await opinion_of(model, client, now).reconsider(PACK, ITEM, [DOUBTFUL]) == (DOUBTFUL,)


async def test_a_slow_endpoint_is_given_up(model, client, now):
    model.hang = True
    opinion = opinion_of(model, client, now, timeout=timedelta(milliseconds=50))
    assert await opinion.reconsider(PACK, ITEM, [DOUBTFUL]) == (DOUBTFUL,)


async def test_nobody_there_leaves_the_match_as_it_was(client, now):
    nobody = Endpoint(url="http://127.0.0.1:9/v1", model="m")
    opinion = SecondOpinion(nobody, client=client, cache=Cache(), clock=now)
    assert await opinion.reconsider(PACK, ITEM, [DOUBTFUL]) == (DOUBTFUL,)


async def test_nothing_is_asked_twice(model, client, now):
    cache = Cache()
    for _ in range(2):
        await opinion_of(model, client, now, cache).reconsider(PACK, ITEM, [DOUBTFUL])
    assert len(model.asked) == 1


async def test_the_daily_budget_is_kept_and_begins_anew(model, client, now):
    opinion = opinion_of(model, client, now, per_day=2)
    for n in range(4):
        await opinion.reconsider(PACK, item(f"Coal plant {n}"), [DOUBTFUL])
    assert len(model.asked) == 2
    now.at += timedelta(days=1)
    await opinion.reconsider(PACK, item("Coal plant 9"), [DOUBTFUL])
    assert len(model.asked) == 3


async def test_a_restart_does_not_renew_the_daily_budget(model, client, now):
    cache = Cache()
    for n in range(4):
        opinion = opinion_of(model, client, now, cache, per_day=2)
        await opinion.reconsider(PACK, item(f"Coal plant {n}"), [DOUBTFUL])
    assert len(model.asked) == 2


async def test_after_failures_in_a_row_it_pauses_and_tries_again_later(model, client, now):
    model.status = 500
    opinion = opinion_of(model, client, now)
    for n in range(5):
        await opinion.reconsider(PACK, item(f"Coal plant {n}"), [DOUBTFUL])
    assert len(model.asked) == 3
    now.at += timedelta(minutes=16)
    model.status = 200
    (kept,) = await opinion.reconsider(PACK, ITEM, [DOUBTFUL])
    assert kept.direction is Direction.PROGRESS


def test_the_key_is_not_shown():
    assert "secret" not in repr(Endpoint(url="http://x", model="m", key="secret"))
