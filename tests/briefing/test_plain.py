"""Foreign text on one clean line, cut between whole characters."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.text import ELLIPSIS, clusters, one_line, shorten
from tests.briefing.builders import PATIENT

AWKWARD = st.text(
    st.sampled_from(
        list("ab &<>*|\n\t\x00\x1b\x9b\u202e\u2066\u200b\u0301\u200d\ufe0f👩🚀🏽🇰🇷é각")
    ),
    max_size=60,
) | st.text(max_size=60)


@PATIENT
@given(AWKWARD)
def test_the_result_is_one_line_without_anything_that_controls(text: str) -> None:
    clean = one_line(text)
    assert clean == clean.strip()
    assert "\n" not in clean
    assert "  " not in clean
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in clean)
    assert not any(
        unicodedata.bidirectional(char) in {"LRO", "RLO", "LRI", "RLI"} for char in clean
    )
    assert one_line(clean) == clean


def test_letters_of_every_script_and_joined_emoji_stay() -> None:
    text = "평양 공동선언 — می‌خواهم 👩‍🚀 naïve"
    assert one_line(text) == text


@PATIENT
@given(AWKWARD)
def test_clusters_are_the_text_in_pieces(text: str) -> None:
    assert "".join(clusters(text)) == text


@pytest.mark.parametrize("one", ["e\u0301", "👩‍🚀", "🇰🇷", "👍🏽", "❤️", "각"])
def test_what_readers_see_as_one_character_is_one_cluster(one: str) -> None:
    assert list(clusters(one + one)) == [one, one]


@PATIENT
@given(AWKWARD, st.integers(1, 40))
@example("<<<<\u200d <<", 7)  # a blank within a cluster
def test_a_shortened_text_fits_and_is_a_beginning_in_whole_characters(
    text: str, limit: int
) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    if short != text:
        assert short.endswith(ELLIPSIS)
        kept = short.removesuffix(ELLIPSIS)
        assert text.startswith(kept)
        pieces = list(clusters(text))
        bounds = {len("".join(pieces[:n])) for n in range(len(pieces) + 1)}
        assert len(kept) in bounds


def test_a_cut_is_made_at_the_end_of_a_word_when_one_is_near() -> None:
    assert shorten("Summit ends early without a deal", 20) == "Summit ends early…"
    assert shorten("a" * 50, 10) == "a" * 9 + ELLIPSIS


def test_a_text_that_just_fits_is_left_alone() -> None:
    assert shorten("Summit ends", 11) == "Summit ends"
