"""Two titles of one item: could they be of one article, and do they tell other news."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.items import identity
from bot.ledger.items.identity import alike, differs_in_substance, normal_title


def test_the_examples_hold():
    assert doctest.testmod(identity).failed == 0


def test_titles_are_compared_without_case_width_and_blanks():
    assert normal_title(" Ｔａｌｋｓ \n in  HANOI ") == normal_title("talks in hanoi")


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("Talks resume", "TALKS RESUME", True),
        ("Summit ends early without a deal", "Summit ends early: what went wrong", True),
        ("통일부 남북 연락사무소 개소 발표", "통일부 남북 연락사무소 개소식 발표", True),
        ("朝鲜拆除导弹发动机试验场", "朝鲜开始拆除导弹发动机试验场", True),
        ("War dead come home", "Exercises are called off", False),
        ("", "", False),
        ("Talks", "", False),
    ],
)
def test_wordings_of_one_article_are_alike(one, other, are):
    assert alike(one, other) == alike(other, one) == are


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ("North agrees to dismantle test site", "North refuses to dismantle test site", True),
        ("US, North to hold talks in Oslo", "US, North not to hold talks in Oslo", True),
        ("55 cases of remains handed over", "50 cases of remains handed over", True),
        ("Talks set for Monday", "Talks set for Tuesday", True),
        ("Kim and Trump meet", "Update: Kim and Trump meet", False),
        ("Kim and Trump meet (live)", "Kim and Trump meet", False),
        ("Missle site dismantled", "Missile site dismantled", False),
        ("North suspends tests", "North suspended tests", False),
        ("Talks resume", "Talks resume", False),
        ("", "Talks resume", False),
    ],
)
def test_other_news_are_told_from_other_spelling(before, after, differs):
    assert differs_in_substance(before, after) == differs


@given(title=st.text(max_size=80), more=st.text(alphabet="xyz ", max_size=20))
def test_what_is_only_added_is_no_other_news(title, more):
    assert not differs_in_substance(title, title)
    assert not differs_in_substance(title, f"{title} {more}")
