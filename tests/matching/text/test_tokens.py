import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.text.tokens import cut, read_word, stem, tokens_of, words_of


@pytest.mark.parametrize(
    "words",
    [
        ("denuclearisation", "denuclearization", "denuclearize"),
        ("negotiator", "negotiations", "negotiate"),
        ("programmes", "program"),
        ("Neighbours", "neighbor"),
        ("nukes", "nuclear"),
        ("Iran’s", "Iran", "iran"),
        ("Hernández", "Hernandez"),
        ("dismantling", "dismantled", "dismantlement"),
        ("U.S.", "US"),
    ],
)
def test_forms_of_a_word_share_a_stem(words):
    assert len({read_word(word)[1] for word in words}) == 1


@pytest.mark.parametrize(("one", "other"), [("US", "us"), ("WHO", "who"), ("universe", "exercise")])
def test_words_that_differ_keep_apart(one, other):
    assert read_word(one)[1] != read_word(other)[1]


@pytest.mark.parametrize("word", ["exercise", "promise", "surprise", "enterprise"])
def test_true_ise_words_are_not_made_american(word):
    assert read_word(word)[0] == word


def test_hyphens_and_slashes_part_words():
    assert [t.surface for t in tokens_of("US-DPRK talks on POW/MIA")] == [
        "US", "DPRK", "talks", "on", "POW", "MIA",
    ]  # fmt: skip


@given(st.text())
def test_every_word_stands_where_it_says(text):
    for token in tokens_of(text):
        assert text[token.start : token.end] == token.surface


@given(st.text(alphabet="aB7 .,'’-_/é北U.S.") | st.text())
def test_words_are_the_same_with_and_without_their_places(text):
    assert words_of(text) == cut(text).surfaces == [token.surface for token in tokens_of(text)]


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_texts_part_into_the_same_words_as_others(text):
    # A letter beyond ASCII, apart from the rest, takes the general way.
    assert cut(f"{text} é").surfaces == [*cut(text).surfaces, "é"]


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20))
def test_a_stem_is_never_longer_than_its_word_by_more_than_a_letter(word):
    assert 0 < len(stem(word)) <= len(word) + 1
