import tomllib
from pathlib import Path

import bot.matching.text.knowledge as module
from bot.matching.text.knowledge import knowledge, knowledge_digest, lexicon_of, term_of

FOLDER = Path(module.__file__).parent


def test_every_neighbour_is_a_concept():
    concepts = tomllib.loads((FOLDER / "concepts.toml").read_text("utf-8"))
    assert {n for c in concepts.values() for n in c.get("near", ())} <= concepts.keys()


def test_no_term_is_empty():
    for lexicon in (knowledge().things, knowledge().polarity):
        assert all(term.stems and term.labels for term in lexicon.terms())


def test_group_names_stand_for_known_places():
    places = tomllib.loads((FOLDER / "places.toml").read_text("utf-8"))
    for group in ("_groups", "_halves"):
        assert {m for members in places[group].values() for m in members} <= places.keys()


def test_a_term_with_two_meanings_keeps_both():
    found = lexicon_of([term_of("pardon", "a"), term_of("pardon", "b")])
    assert [term.labels for term in found.terms()] == [("a", "b")]


def test_a_capital_in_the_file_asks_for_one_in_the_text():
    assert term_of("Petro").cased
    assert not term_of("petrol").cased


def test_the_digest_is_stable():
    assert knowledge_digest() == knowledge_digest()
    assert len(knowledge_digest()) == 8
