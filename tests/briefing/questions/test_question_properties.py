"""Whatever is typed, a reading comes back, soon, and holds together."""

from datetime import UTC, datetime, timedelta
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.briefing.questions import Intent, find_subjects, read_question
from bot.domain.commitment import Pack
from tests.briefing.questions.packs import CLIMATE, PENINSULA, SOURCES
from tests.briefing.questions.readings import CLIMATE_READINGS, NOW_CLIMATE, PENINSULA_READINGS

_WORDS = sorted(
    {word for text, _, _ in (*PENINSULA_READINGS, *CLIMATE_READINGS) for word in text.split()}
    | {"since", "until", "between", "and", "31", "29", "february", "0001-01-01", "9999-12-31",
       "last", "9999", "years", "ago", "Q4", "-", "<!date^1^x|y>", "&lt;", "(", '"', "1900", "2199"}
)  # fmt: skip
_TEXTS = st.one_of(
    st.text(max_size=300), st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join)
)
_PACKS = st.sampled_from((PENINSULA, CLIMATE, Pack()))
_NOWS = st.datetimes(
    min_value=datetime(1, 1, 1),  # noqa: DTZ001 - Hypothesis takes the bounds naive
    max_value=datetime(9999, 12, 31),  # noqa: DTZ001 - likewise
    timezones=st.just(UTC),
)
_NONE_MEANT = {Intent.SEARCH, Intent.FEEDS, Intent.HELP, Intent.UNKNOWN}


@given(text=_TEXTS, pack=_PACKS, now=_NOWS)
@settings(max_examples=400, deadline=None)
def test_any_text_has_a_reading_that_holds_together(text: str, pack: Pack, now: datetime) -> None:
    question = read_question(text, pack=pack, now=now, sources=SOURCES)
    assert set(question.commitments) <= set(pack.by_id)
    assert list(question.commitments) == sorted(set(question.commitments))
    assert question.summit is None or question.summit in pack.summit_by_id
    assert not question.since or not question.until or question.since <= question.until
    assert not question.ask_back or len(question.commitments) > 1
    if question.intent in _NONE_MEANT:
        assert not question.commitments
    assert read_question(text, pack=pack, now=now, sources=SOURCES) == question


@given(text=_TEXTS, pack=_PACKS)
@settings(max_examples=150, deadline=None)
def test_subjects_are_of_the_pack(text: str, pack: Pack) -> None:
    found = find_subjects(text, pack)
    assert set(found.commitments) <= set(pack.by_id)
    assert found.summit is None or (found.summit in pack.summit_by_id and not found.commitments)


@given(
    case=st.sampled_from(PENINSULA_READINGS),
    before=st.sampled_from(("", "please ", "hi, ", "<@U01BOT> ", "Good morning! ")),
    after=st.sampled_from(("", " thanks", ". Thank you!", " please?", " :pray:")),
)
@settings(max_examples=200, deadline=None)
def test_politeness_changes_nothing(
    case: tuple[str, Intent, object], before: str, after: str
) -> None:
    text, intent, _ = case
    now = datetime(2019, 3, 6, 9, tzinfo=UTC)
    plain = read_question(text, pack=PENINSULA, now=now, sources=SOURCES)
    polite = read_question(f"{before}{text}{after}", pack=PENINSULA, now=now, sources=SOURCES)
    assert polite.intent is intent
    assert (polite.commitments, polite.summit) == (plain.commitments, plain.summit)
    assert (polite.since, polite.until) == (plain.since, plain.until)


def test_long_texts_are_read_in_bounded_time() -> None:
    hostile = (
        "x" * 5_000,
        "remains " * 625,
        "which is more TOPIC than or " * 180,
        "between 5 and " * 360,
        "<@" * 2_500,
        " ".join(f"zq{n:04}wordy" for n in range(400)),
        "what is the and or " * 260,
        "".join(chr(97 + n * 7 % 26) + (" " if n % 8 == 0 else "") for n in range(5_000)),
    )
    for text in hostile:
        started = process_time()
        read_question(text, pack=CLIMATE, now=NOW_CLIMATE, sources=SOURCES)
        assert timedelta(seconds=process_time() - started) < timedelta(seconds=2), text[:40]
