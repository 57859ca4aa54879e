from bot.matching.stories.index import headline
from tests.matching.packs import item

REPORTS = [
    item("Court orders North Korea to pay $501M to parents", name="1"),
    item("US court orders North Korea to pay parents $501M in damages", name="2"),
]


def test_a_report_goes_before_one_side_of_it():
    aside = item("Family thanks lawyers and friends after long and painful years", name="3")
    assert headline([aside, *REPORTS]) in REPORTS


def test_a_report_goes_before_a_bare_label():
    assert headline([item("Court order", name="3"), *REPORTS]) in REPORTS


def test_a_report_goes_before_pictures_and_questions():
    shows = item("Photos: Court orders North Korea to pay parents $501M in damages", name="3")
    asks = item("US court orders North Korea to pay parents $501M in damages?", name="4")
    assert headline([shows, asks, REPORTS[1]]) is REPORTS[1]
