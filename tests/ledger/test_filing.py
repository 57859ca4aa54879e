"""What filing a match means for evidence and stories: the rules on values."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.evidence import Verdict
from bot.ledger import Filing
from bot.ledger.evidence import OldEvidence, assign_stories, plan
from tests.ledger.builders import NOW, match

COMMITMENTS = ["remains", "regime", "relations"]
old_evidence = st.builds(
    OldEvidence,
    st.integers(1, 10**6),
    st.none() | st.sampled_from(Verdict),
    st.none() | st.just(NOW),
)


@given(
    found=st.sets(st.sampled_from(COMMITMENTS)),
    old=st.dictionaries(st.sampled_from(COMMITMENTS), old_evidence).filter(
        lambda old: len({e.id for e in old.values()}) == len(old)
    ),
)
def test_each_commitment_is_filed_renewed_withdrawn_or_left_to_the_person(
    found: set[str], old: dict[str, OldEvidence]
) -> None:
    matches = tuple(match(c) for c in sorted(found))
    changes = plan([Filing(item_id=5, revision=1, matches=matches)], {5: old})
    touched = {n for n, _ in changes.renewed} | set(changes.withdrawn)
    for before in old.values():
        assert not (before.verdict is not None and before.id in touched), (
            "a person's word is left alone"
        )
    assert [m.commitment_id for _, m in changes.new] == sorted(found - old.keys())
    machines = {c: e for c, e in old.items() if e.is_the_machines}
    assert [n for n, _ in changes.renewed] == [e.id for c, e in _in_order(machines, found)]
    gone = {c: e for c, e in machines.items() if c not in found and not e.withdrawn_at}
    assert changes.withdrawn == [e.id for e in gone.values()]
    assert [n for _, n in changes.returned] == [
        e.id for c, e in _in_order(machines, found) if e.withdrawn_at
    ]


def _in_order(machines: dict[str, OldEvidence], found: set[str]) -> list[tuple[str, OldEvidence]]:
    return [(c, machines[c]) for c in sorted(found) if c in machines]


def stories_of(named: dict[int, int | None], stored: dict[int, int | None]) -> dict[int, int]:
    filings = [Filing(item_id=n, revision=1, story_id=s) for n, s in named.items()]
    known = {n: None for pair in named.items() for n in pair if n is not None}
    return assign_stories(filings, {**known, **stored})


def test_an_item_without_a_named_story_begins_one_with_its_own_number() -> None:
    assert stories_of({3: None, 4: 4}, {}) == {3: 3, 4: 4}


def test_an_item_joins_the_story_of_the_item_it_names_stored_or_in_the_batch() -> None:
    assert stories_of({5: 3, 6: 5, 7: 8, 8: None}, {3: 1}) == {3: 1, 5: 1, 6: 1, 7: 8, 8: 8}


def test_an_item_named_before_it_was_ever_filed_begins_the_story() -> None:
    assert stories_of({5: 3}, {}) == {3: 3, 5: 3}


def test_a_stored_story_stays() -> None:
    assert stories_of({5: 9}, {5: 2, 9: 9}) == {5: 2, 9: 9}


numbers = st.integers(1, 6)


@given(
    named=st.dictionaries(numbers, st.none() | numbers, min_size=1),
    stored=st.dictionaries(numbers, st.sampled_from([1, 2])),
)
def test_every_item_gets_one_story_and_a_story_holds_the_item_it_is_numbered_by(
    named: dict[int, int | None], stored: dict[int, int | None]
) -> None:
    if any(stored.get(n) != n for n in stored.values() if n is not None):
        stored |= {n: n for n in stored.values() if n is not None}
    stories = stories_of(named, stored)
    assert stories.keys() == {n for p in named.items() for n in p if n is not None} | stored.keys()
    assert all(stories[n] == s for n, s in stored.items())
    assert all(stories[s] == s for s in stories.values())
    new = {n: s for n, s in named.items() if n not in stored and s is not None}
    assert all(stories[n] == stories[s] for n, s in new.items()), "named means together"
