import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.ledger.items.items import MAX_WORDS, Query, parse_query, to_fts5, to_tsquery, weight
from tests.ledger.builders import DAY, HOUR, NOW, entry, fetched, listed

Archive = tuple[Ledger, WorkspaceId]

HOSTILE = [
    'liaison" OR "',
    "liaison AND NOT office",
    "title:liaison NEAR(office, 3) ^x",
    "liaison & !office | (x <-> y):*",
    "'; DROP TABLE items; --",
    "\\ \\' \\\" %s :name $1 {} %(x)s",
    "*",
    '"',
    '""',
    "🚀 🇰🇷 👩‍👩‍👧",
    "\x00\ud800\u202e",
    "liaison\x00office",
    "(((((((((((",
    "a" * 5_000,
    "office " * 700,
    "\u0301\u0345 ﷽ ½ ² Ⅷ",
    "-1 1e999 0x41 1.5.5",
]


@pytest.fixture
async def archive(ledger: Ledger) -> Archive:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    texts = [
        ("Liaison office opens in Kaesong", "Both sides attended the opening."),
        ("North dismantles F-16 decoys, nknews.org says", "Satellite imagery of 55 sites."),
        ("Élysée welcomes the talks", "The office of the president confirmed it."),
        ("Remains of 55 soldiers returned", "A liaison flew them; an office received them."),
        ("회담 결렬", "하노이 회담이 합의 없이 끝났다."),
    ]
    document = [
        entry(n, title=title, summary=summary, published_at=NOW - n * HOUR)
        for n, (title, summary) in enumerate(texts)
    ]
    await fetched(ledger, feed, document)
    return ledger, workspace


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("liaison office", [0, 3]),
        ("OFFICES liaisons", [0, 3]),
        ('"liaison office"', [0]),
        ("“liaison office”", [0]),
        ("the opening of the office", [0]),
        ("opened", [0]),
        ("liais", [0, 3]),
        ("office attend", [0]),
        ("F-16", [1]),
        ("f 16", [1]),
        ("nknews", [1]),
        ("nknews.org", [1]),
        ("elysee", [2]),
        ("Élysée", [2]),
        ("ÉLYSÉE talk", [2]),
        ("55", [3, 1]),
        ("회담", [4]),
        ("ﬃ", []),
        ("하노이 회담이", [4]),
        ("kaesong hanoi", []),
        ("", []),
        ("   ", []),
        ("?!", []),
    ],
)
async def test_all_words_must_occur_in_any_form_and_the_last_may_be_a_beginning(
    archive: Archive, words: str, found: list[int]
) -> None:
    ledger, workspace = archive
    hits = [int(item.key[5:]) for item in await ledger.items.search(workspace, words)]
    assert hits == found


@pytest.mark.parametrize("words", HOSTILE)
async def test_no_text_is_an_operator_or_an_error(archive: Archive, words: str) -> None:
    ledger, workspace = archive
    hits = await ledger.items.search(workspace, words)
    assert len(hits) <= 3
    assert len(await ledger.items.search(workspace, "office")) == 3, "and nothing was changed"


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(words=st.text(max_size=200) | st.lists(st.sampled_from(HOSTILE)).map(" ".join))
@example(words="½")
@example(words="𞤀 liaison")
@example(words="ß ﬃ İ")
async def test_any_text_can_be_searched_for(archive: Archive, words: str) -> None:
    ledger, workspace = archive
    assert len(await ledger.items.search(workspace, words)) <= 5


async def test_a_title_counts_more_than_a_summary_and_new_more_than_old(ledger: Ledger) -> None:
    workspace = await ledger.workspaces.first()
    feed = await listed(ledger, workspace)
    filler = "Some other words about the same meeting, at some length, to fill the line."
    await fetched(
        ledger,
        feed,
        [
            entry(1, title="Something else", summary=f"{filler} Sanctions."),
            entry(2, title="Sanctions stay", summary=filler),
            entry(3, title="Sanctions stay", summary=filler, published_at=NOW - 60 * DAY),
            *(entry(n, title="Nothing", summary=filler) for n in range(4, 30)),
        ],
    )
    assert [i.key for i in await ledger.items.search(workspace, "sanctions")] == [
        "guid:2",
        "guid:3",
        "guid:1",
    ]


async def test_the_answer_is_bounded_and_can_begin_at_a_time(archive: Archive) -> None:
    ledger, workspace = archive
    assert [i.key for i in await ledger.items.search(workspace, "office", limit=1)] == ["guid:0"]
    recent = await ledger.items.search(workspace, "office", since=NOW - 2 * HOUR)
    assert {i.key for i in recent} == {"guid:0", "guid:2"}
    earlier = await ledger.items.search(workspace, "office", until=NOW - 2 * HOUR)
    assert {i.key for i in earlier} == {"guid:3"}


async def test_an_edit_is_found_by_its_new_words_and_not_by_the_old(archive: Archive) -> None:
    ledger, workspace = archive
    (feed,) = await ledger.feeds.list(workspace)
    corrected = entry(0, title="Embassy opens", summary="Nobody attended.")
    await fetched(ledger, feed, [corrected], at=NOW + HOUR)
    assert [i.key for i in await ledger.items.search(workspace, "embassy")] == ["guid:0"]
    assert await ledger.items.search(workspace, "kaesong") == ()


def test_weight_halves_with_every_half_year() -> None:
    assert weight(3.0, age=DAY * 0) == 3.0
    assert weight(3.0, age=DAY * 180) == 1.5
    assert weight(3.0, age=DAY * 540) == 0.375


@given(text=st.text(max_size=3_000))
def test_a_query_holds_only_bounded_words_of_letters_and_digits(text: str) -> None:
    query = parse_query(text)
    words = [word for phrase in query.phrases for word in phrase]
    assert len(words) <= MAX_WORDS
    assert all(word and len(word) <= 64 for word in words)
    for form in (to_fts5, to_tsquery) if query.phrases else ():
        assert len(form(query)) < 3_500
    assert not any(character in word for word in words for character in "\"'\\*:()&|!<>-\x00 ")


@pytest.mark.parametrize(
    ("text", "phrases", "open_ended"),
    [
        ("the liaison office", (("liaison",), ("office",)), True),
        ('where is "the liaison office"', (("where",), ("the", "liaison", "office")), False),
        ("the", (("the",),), True),
        ('office "liaison office" office', (("office",), ("liaison", "office")), False),
        ('"" unfinished "quote', (("unfinished",), ("quote",)), True),
        ("office office", (("office",),), True),
        ("Kim's", (("Kim",), ("s",)), True),
    ],
)
def test_a_query_is_read_as_people_mean_it(
    text: str, phrases: tuple[tuple[str, ...], ...], open_ended: bool
) -> None:
    assert parse_query(text) == Query(phrases=phrases, open_ended=open_ended)
