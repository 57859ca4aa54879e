"""The plain text that goes out when blocks are refused."""

import doctest
import re

from hypothesis import example, given
from hypothesis import strategies as st

from bot.delivery import worker as module
from bot.delivery.decisions import MAX_CHARACTERS, cut, plain

PIECES = st.sampled_from(["word ", "\n", "<https://example.org/a|a title>", "&amp;", "&lt;", "한"])
MRKDWN = st.lists(PIECES, max_size=80).map("".join)


@given(text=MRKDWN, limit=st.integers(2, 120))
@example(text="<https://example.org|x>", limit=5)
def test_a_cut_text_fits_and_has_no_half_link_or_entity(text, limit):
    short = cut(text, limit)
    assert len(short) <= limit
    whole = re.sub(r"<[^<>]*>|&(amp|lt|gt);", "", short)
    assert not set(whole) & set("<>&")


@given(text=MRKDWN)
def test_what_fits_is_left_alone(text):
    assert cut(text, max(len(text), 1)) == text


def test_only_the_text_is_left():
    assert plain({"text": "Three stories", "blocks": [{"type": "divider"}]}) == {
        "text": "Three stories"
    }
    assert len(str(plain({"text": "long " * 10_000})["text"])) <= MAX_CHARACTERS


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(module).failed == 0
