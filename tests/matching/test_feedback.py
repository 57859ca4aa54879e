import pytest

from bot.domain.evidence import Feedback, Verdict
from bot.matching.matcher import Matcher
from tests.matching.packs import PACK, item

YES, NO = Verdict.CONFIRMED, Verdict.REJECTED
NEAR = item("Coal heritage museum opens in former German coal mine", name="near")
NEAR_TOO = item("Museum of coal heritage opens in old German mine", name="near-too")
FAR = item("Germany closes three coal-fired power plants", name="far")


def scores(vectors, feedback, *items):
    matcher = Matcher(PACK, vectors=vectors, feedback=feedback)
    return [each.get("coal", 0.0) for each in matcher.scores(items)]


def test_no_reviews_change_nothing(vectors):
    plain = Matcher(PACK, vectors=vectors)
    taught = Matcher(PACK, vectors=vectors, feedback=Feedback())
    assert plain.match_many([NEAR, FAR]) == taught.match_many([NEAR, FAR])


def test_a_rejection_lowers_what_is_much_like_it(vectors):
    rejected = Feedback.of([("coal", NEAR, NO)])
    assert scores(vectors, rejected, NEAR_TOO)[0] < scores(vectors, Feedback(), NEAR_TOO)[0] - 0.05


def test_a_confirmation_raises_what_is_much_like_it(vectors):
    confirmed = Feedback.of([("coal", NEAR, YES)])
    assert scores(vectors, confirmed, NEAR_TOO)[0] > scores(vectors, Feedback(), NEAR_TOO)[0]


def test_a_handful_of_rejections_does_not_silence_a_commitment(vectors):
    titles = [f"Coal exhibition number {n} shown in Berlin gallery" for n in range(6)]
    rejected = Feedback.of(
        [("coal", item(title, name=str(n)), NO) for n, title in enumerate(titles)]
    )
    matcher = Matcher(PACK, vectors=vectors, feedback=rejected)
    assert [match.commitment_id for match in matcher.match(FAR)] == ["coal"]


def test_taking_a_review_back_undoes_it_exactly(vectors):
    first = [("coal", NEAR, NO)]
    with_two = [*first, ("coal", FAR, YES)]
    assert Feedback.of(with_two) != Feedback.of(first)
    before = Matcher(PACK, vectors=vectors, feedback=Feedback.of(first)).scores([NEAR, FAR])
    again = Matcher(PACK, vectors=vectors, feedback=Feedback.of(with_two[:1])).scores([NEAR, FAR])
    assert before == again


def test_the_last_word_on_an_item_stands():
    changed = Feedback.of([("coal", NEAR, NO), ("coal", FAR, YES), ("coal", NEAR, YES)])
    assert [(r.item.id, r.verdict) for r in changed.reviews] == [("far", YES), ("near", YES)]


def test_reviews_of_one_commitment_leave_the_others_alone(vectors):
    forest = item("Brazil halts Amazon deforestation")
    taught = Matcher(PACK, vectors=vectors, feedback=Feedback.of([("coal", forest, NO)]))
    plain = Matcher(PACK, vectors=vectors)
    assert taught.scores([forest])[0]["forests"] == pytest.approx(
        plain.scores([forest])[0]["forests"]
    )


def test_reviews_of_a_commitment_that_is_gone_are_passed_over(vectors):
    matcher = Matcher(PACK, vectors=vectors, feedback=Feedback.of([("gone", NEAR, NO)]))
    assert [match.commitment_id for match in matcher.match(FAR)] == ["coal"]
