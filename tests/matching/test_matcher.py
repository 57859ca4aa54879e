from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.commitment import Commitment, Pack, Summit
from bot.domain.evidence import Direction
from bot.matching.matcher import Matcher
from tests.matching.packs import DRILLS, GIVEN, PACK, item, pack_of


@pytest.fixture(scope="module")
def matcher(vectors):
    return Matcher(PACK, vectors=vectors)


@pytest.fixture(scope="module")
def given_matcher(vectors):
    return Matcher(GIVEN, vectors=vectors)


def filed(matcher, *texts):
    return [match.commitment_id for match in matcher.match(item(*texts))]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Germany shuts last lignite power station, ending coal", ["coal"]),
        ("Brazil's Amazon rainforest destruction falls to ten-year low", ["forests"]),
        ("Cairo and Khartoum call off war games at border", ["drills"]),
        ("Ethiopia starts new stage of filling Nile dam reservoir", ["dam"]),
    ],
)
def test_an_item_is_found_whatever_words_it_uses(matcher, title, expected):
    assert filed(matcher, title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Germany beat Brazil in World Cup semi-final",
        "Egypt opens new museum beside the pyramids",
        "Singer cancels tour after illness",
        "",
    ],
)
def test_what_bears_on_nothing_is_left_out(matcher, title):
    assert filed(matcher, title) == []


def test_matches_come_best_first_with_scores_between_0_and_1(matcher):
    found = matcher.match(
        item("Germany closes coal plants; Brazil halts Amazon deforestation", "Coal and forests.")
    )
    assert {match.commitment_id for match in found} == {"coal", "forests"}
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)
    assert all(0 <= m.score <= 1 for m in found)


def test_reasons_quote_the_item_and_the_passage_is_word_for_word(matcher):
    title = "Parliament debates budget"
    summary = (
        "Ministers met. Germany will close three coal-fired power plants, they said; rain fell."
    )
    (match,) = matcher.match(item(title, summary))
    assert match.passage in summary
    assert "coal-fired" in match.passage
    assert any("coal" in reason for reason in match.reasons)
    assert all("\n" not in reason and len(reason) < 120 for reason in match.reasons)


def test_one_by_one_and_many_at_once_agree(matcher):
    items = [
        item(f"{verb} {thing}", name=f"{verb}{thing}")
        for verb in ("Germany closes", "Brazil protects", "Egypt holds")
        for thing in ("coal mine", "Amazon forest", "joint military drills", "football match")
    ]
    assert matcher.match_many(items) == [matcher.match(each) for each in items]


def test_threads_see_the_same(vectors):
    matcher = Matcher(PACK, vectors=vectors)
    items = [item(f"Germany closes coal plant number {n}", name=str(n)) for n in range(40)]
    expected = Matcher(PACK, vectors=vectors).match_many(items)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(matcher.match, items)) == expected


@given(st.text(max_size=300), st.text(max_size=300))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_is_too_strange(matcher, title, summary):
    for match in matcher.match(item(title, summary)):
        assert match.commitment_id in PACK.by_id
        assert match.passage in title or match.passage in summary


def test_a_whole_article_in_a_feed_costs_no_more_than_its_beginning(matcher):
    long = "Germany closes coal plants. " * 100_000
    assert [m.commitment_id for m in matcher.match(item("Coal", long))] == ["coal"]


def test_a_pack_without_commitments_matches_nothing(vectors):
    assert Matcher(Pack(), vectors=vectors).match(item("Germany closes coal plant")) == ()


def test_a_pack_of_one_works(vectors):
    matcher = Matcher(pack_of(DRILLS), vectors=vectors)
    assert filed(matcher, "Egypt and Sudan suspend joint military exercises") == ["drills"]
    assert filed(matcher, "Stocks rise in Cairo") == []


def test_watch_terms_find_what_the_text_does_not_say(matcher, given_matcher):
    title = "Police clear protesters from Hambach"
    assert "coal" not in filed(matcher, title)
    assert "coal" in [
        name for name, score in given_matcher.scores([item(title)])[0].items() if score > 0.05
    ]


def test_a_forbidden_term_lowers_the_score(given_matcher):
    plain, charcoal = given_matcher.scores(
        [item("Germany closes coal plant"), item("Germany closes coal plant for charcoal")]
    )
    assert charcoal.get("coal", 0.0) < plain["coal"]


@pytest.mark.parametrize(
    ("title", "direction"),
    [
        ("Egypt and Sudan suspend joint military exercises as agreed", Direction.PROGRESS),
        ("Egypt and Sudan resume large joint military exercises", Direction.SETBACK),
        ("Egypt and Sudan begin joint military drills despite promise", Direction.SETBACK),
    ],
)
def test_direction_is_the_commitments_not_the_tones(matcher, title, direction):
    (match,) = matcher.match(item(title))
    assert match.direction is direction


def test_the_version_follows_the_numbers_not_the_pack(vectors, matcher):
    assert Matcher(pack_of(DRILLS), vectors=vectors).version == matcher.version
    assert matcher.version.isalnum()


@pytest.mark.slow
def test_candidates_do_not_grow_with_the_pack(vectors):
    many = tuple(
        Commitment(
            id=f"c{n}", title=f"Coal power, part {n}", text="Close coal plants.", summit_id="s"
        )
        for n in range(10_000)
    )
    matcher = Matcher(Pack(summits=(Summit(id="s", name="s", commitments=many),)), vectors=vectors)
    (scores,) = matcher.scores([item("Germany closes coal plants")])
    assert len(scores) <= 16
    assert len(matcher.match(item("Germany closes coal plants"))) <= 4
