"""Whatever is built inside the limits is taken, and whatever comes at all gets an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack.blockkit import LIMITS, check_blocks, counted_characters
from sandbox.slack.drafts import read_draft
from sandbox.slack.errors import RefusalError


def words(limit: str, most: int = 200) -> st.SearchStrategy[str]:
    span = LIMITS[limit]
    return st.text(min_size=max(span.least, 1), max_size=min(span.most, most))


def text_object(limit: str, kind: str | None = None) -> st.SearchStrategy[dict]:
    kinds = st.just(kind) if kind else st.sampled_from(["plain_text", "mrkdwn"])
    return st.fixed_dictionaries({"type": kinds, "text": words(limit)})


def numbered(name: str, elements: list[dict]) -> list[dict]:
    return [{**each, name: f"{name}-{index}"} for index, each in enumerate(elements)]


OPTIONS = st.lists(
    st.fixed_dictionaries(
        {"text": text_object("option.text", "plain_text"), "value": words("option.value")}
    ),
    min_size=1,
    max_size=5,
)
BUTTON = st.fixed_dictionaries(
    {"type": st.just("button"), "text": text_object("button.text", "plain_text")},
    optional={
        "value": words("button.value"),
        "style": st.sampled_from(["primary", "danger"]),
        "url": st.just("https://example.org/a"),
    },
)
SELECT = st.fixed_dictionaries(
    {"type": st.just("static_select"), "options": OPTIONS},
    optional={"placeholder": text_object("placeholder", "plain_text")},
)
BLOCK = st.one_of(
    st.just({"type": "divider"}),
    st.fixed_dictionaries(
        {"type": st.just("header"), "text": text_object("header.text", "plain_text")}
    ),
    st.fixed_dictionaries(
        {"type": st.just("section"), "text": text_object("section.text")},
        optional={
            "fields": st.lists(text_object("section.field"), min_size=1, max_size=10),
            "accessory": BUTTON | SELECT,
        },
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("context"),
            "elements": st.lists(text_object("text"), min_size=1, max_size=10),
        }
    ),
    st.lists(BUTTON | SELECT, min_size=1, max_size=25).map(
        lambda elements: {"type": "actions", "elements": numbered("action_id", elements)}
    ),
)
MESSAGE = st.lists(BLOCK, min_size=1, max_size=50).map(lambda found: numbered("block_id", found))
KEYS = st.sampled_from(["type", "text", "elements", "block_id", "accessory", "fields", "options"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.dictionaries(KEYS, JSON, max_size=5).flatmap(
    lambda block: st.sampled_from(["section", "actions", "context", "rich_text", "data_table"]).map(
        lambda kind: {**block, "type": kind}
    )
)


@given(MESSAGE)
def test_a_message_inside_the_limits_is_taken(blocks: list[dict]) -> None:
    assert check_blocks(list(blocks)) == []
    if counted_characters(list(blocks)) <= LIMITS["message.characters"].most:
        draft = read_draft({"text": "fallback", "blocks": blocks}, files=frozenset())
        assert list(draft.blocks) == blocks


def _sections_of(characters: int) -> list[dict]:
    """Sections with this many characters in all."""
    sizes = [3000] * (characters // 3000) + [characters % 3000] * (characters % 3000 > 0)
    return [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * size}} for size in sizes]


@given(st.integers(min_value=1, max_value=LIMITS["message.characters"].most))
def test_as_many_characters_as_slack_takes_are_taken(characters: int) -> None:
    draft = read_draft({"text": "t", "blocks": _sections_of(characters)}, files=frozenset())
    assert counted_characters(list(draft.blocks)) == characters


@given(st.integers(min_value=LIMITS["message.characters"].most + 1, max_value=100_000))
def test_more_characters_in_all_are_refused_though_each_block_is_right(characters: int) -> None:
    with pytest.raises(RefusalError) as refused:
        read_draft({"text": "t", "blocks": _sections_of(characters)}, files=frozenset())
    assert refused.value.error == "msg_blocks_too_long"


@given(st.lists(NEARLY | JSON, max_size=4))
def test_any_json_gets_problems_and_never_an_accident(blocks: list[object]) -> None:
    for problem in check_blocks(blocks):
        assert problem.message
        assert problem.pointer.startswith("/blocks")
