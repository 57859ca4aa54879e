"""Messages are counted and split where a reader would."""

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.limits import PLANNED_BLOCKS, PLANNED_CHARACTERS, PLANNED_SECTION, PLANNED_TEXT
from bot.slack.messages.blocks import (
    Chunk,
    Message,
    context,
    fit,
    message_of,
    payloads,
    section,
    sections,
    size,
)
from tests.briefing.builders import PATIENT

CHUNKS = st.lists(
    st.lists(st.integers(1, PLANNED_SECTION), min_size=1, max_size=4).map(
        lambda sizes: tuple(section("x" * size) for size in sizes)
    ),
    max_size=30,
)


def texts(messages: tuple[Message, ...]) -> list[str]:
    return [b["text"]["text"] for m in messages for b in m.payload().get("blocks", [])]  # type: ignore[attr-defined]


@PATIENT
@given(CHUNKS)
def test_every_message_stays_within_the_plan_and_nothing_is_lost_or_moved(
    chunks: list[Chunk],
) -> None:
    messages = fit(chunks, text="Title")
    for message in messages:
        assert len(message.blocks) <= PLANNED_BLOCKS
        assert size(message.blocks) <= PLANNED_CHARACTERS
    wanted = [block.to_dict() for chunk in chunks for block in chunk]
    assert [block.to_dict() for message in messages for block in message.blocks] == wanted


@PATIENT
@given(CHUNKS)
def test_a_chunk_that_fits_into_one_message_is_never_taken_apart(chunks: list[Chunk]) -> None:
    where = {
        id(block): number
        for number, message in enumerate(fit(chunks, text="Title"))
        for block in message.blocks
    }
    for chunk in chunks:
        if size(chunk) <= PLANNED_CHARACTERS:
            assert len({where[id(block)] for block in chunk}) == 1


def test_more_blocks_than_a_message_takes_go_on_in_the_next() -> None:
    messages = fit([(section(f"{n}"),) for n in range(100)], text="Title")
    assert [len(message.blocks) for message in messages] == [45, 45, 10]
    assert [message.text.split("\n")[0] for message in messages] == [
        "Title",
        "Title (continued)",
        "Title (continued)",
    ]


def test_the_plain_text_says_what_the_blocks_say_for_people_who_cannot_see_them() -> None:
    (made,) = fit([(section("*One*\ntwo"), context("small print"))], text="Title")
    assert made.text == "Title\n*One*\ntwo"
    (short,) = fit([(section("Title"),)], text="Title")
    assert short.text == "Title"


def test_the_foot_stays_with_the_first_message_however_much_overflows() -> None:
    parent = [(section(f"{n}" * 2_000),) for n in range(1, 9)]
    foot = (context("the foot"),)
    first, *others = fit(parent, text="Title", foot=foot)
    assert first.blocks[-1] is foot[0]
    assert size(first.blocks) <= PLANNED_CHARACTERS
    assert others
    assert sum(len(m.blocks) for m in (first, *others)) == len(parent) + 1


def test_without_chunks_there_is_still_a_message() -> None:
    (only,) = fit([], text="Title")
    assert only.payload() == {"text": "Title"}


def test_payloads_are_in_order() -> None:
    first, second = payloads([Message(text="a"), Message(text="b", blocks=(section("c"),))])
    assert first == {"text": "a"}
    assert second["text"] == "b"


@PATIENT
@given(st.lists(st.text(min_size=1, max_size=PLANNED_SECTION), min_size=1))
def test_the_plain_text_holds_whole_lines_and_stays_short(paragraphs: list[str]) -> None:
    made = message_of("Title", [section(one) for one in paragraphs])
    assert len(made.text) <= PLANNED_TEXT
    title, *lines = made.text.split("\n")
    assert title == "Title"
    assert set(lines) <= {line for one in paragraphs for line in one.split("\n")}


@PATIENT
@given(st.lists(st.integers(1, PLANNED_SECTION), max_size=30))
def test_paragraphs_hold_whole_lines_and_fit_into_sections(sizes: list[int]) -> None:
    lines = [f"{'x' * (size - 1)}y" for size in sizes]
    made = [block.to_dict()["text"]["text"] for (block,) in sections(lines)]
    assert "\n".join(made).split("\n") == (lines or [""])
    assert all(len(paragraph) <= PLANNED_SECTION for paragraph in made)
