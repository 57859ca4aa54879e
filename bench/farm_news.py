"""News for the farm: made up, but worded, dated and shared between outlets as news is.

An event has a place, somebody who acts, what was done to what, a number and a consequence; each
outlet words it in its own way. One in four items of a feed reports an event that other outlets
report too, the others are its own. The same numbers always give the same news.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 10
SHARED_EVENTS = 1_500

PLACES = tuple(
    f"{first}{last}"
    for first in (
        "Alder", "Ash", "Brack", "Carn", "Dun", "East", "Fair", "Glen", "Harrow", "Kirk", "Lang",
        "Marsh", "North", "Oak", "Pen", "Raven", "Stone", "Thorn", "West", "Wind",
    )
    for last in ("bridge", "bury", "dale", "field", "ford", "ham", "haven", "mouth", "port", "ton")
)  # fmt: skip

# Of each field: who acts | what they do | to what | what follows
FIELDS = tuple(
    tuple(tuple(part.split(", ")) for part in " ".join(text.split()).split(" | "))
    for text in (
        """the port authority, dock workers, a shipping line, customs officers, the harbour master |
        reopens, halts, expands, inspects, leases, blocks | the container terminal, the grain silo,
        a ferry berth, the fuel depot, the dry dock, the fish market | freight rates rose at once,
        ships wait off the coast, exporters expect delays of a week, the night shift is to grow""",
        """nurses, the health board, a children's hospital, surgeons, the vaccine committee |
        trials, suspends, recommends, funds, doubles, questions | a malaria vaccine, weekend
        surgery, the ambulance contract, a cancer register, antibiotic rationing, home dialysis |
        waiting lists should shorten, patients' groups are divided, two clinics join next month,
        the figures will be published in spring""",
        """arms inspectors, the defence ministry, a naval squadron, border guards, the army |
        postpones, verifies, escorts, dismantles, patrols, declares | the missile exercise, a test
        site, the buffer zone, an ammunition store, the drone unit, a listening post |
        neighbours asked for an explanation, observers were let in, talks resume on Thursday,
        the hotline was used twice""",
        """the central bank, bond traders, a savings bank, the finance ministry, auditors |
        raises, cuts, refinances, defends, writes off, freezes | the lending rate, a pension fund,
        the housing loan scheme, dollar reserves, municipal debt, the deposit guarantee |
        markets had not expected it, mortgage holders will pay more, the currency fell slightly,
        economists called it overdue""",
        """envoys, the foreign ministry, a parliamentary delegation, mediators, the summit hosts |
        signs, rejects, revives, drafts, ratifies, leaks | a border accord, the visa agreement,
        a prisoner exchange, the water treaty, a liaison office, the ceasefire text |
        a second round follows in June, the opposition wants a vote, both sides spoke of trust,
        no date was given""",
        """farmers, the grain union, vets, the irrigation board, a seed company |
        harvests, destroys, insures, tests, irrigates, replants | winter barley, apple orchards,
        a rice variety, the dairy herd, olive groves, the seed bank |
        bread prices may follow, frost did the rest, subsidies run out in autumn,
        a poor season is feared""",
        """engineers, the railway, a tram driver, the transport union, the signalling contractor |
        electrifies, delays, opens, strikes over, repairs, tenders | the coastal line, a tunnel,
        night trains, the ticket system, a level crossing, the airport link |
        buses run instead, fares stay as they are, commuters lost an hour, the rest costs most""",
        """the court of appeal, prosecutors, a former minister, the ombudsman, defence lawyers |
        overturns, hears, settles, seals, challenges, reopens | the bribery verdict, a land claim,
        the asylum case, an inheritance, the strike ban, a libel suit |
        a ruling is due within weeks, the witnesses stay anonymous, costs were split,
        the prosecution will appeal""",
        """teachers, the university senate, school inspectors, a student council, the exam board |
        abolishes, extends, merges, marks, protests, reviews | the entrance exam, school meals,
        evening classes, a research chair, the library hours, language lessons |
        parents were told by letter, a quarter of places stay empty, the ministry pays half,
        rural schools gain most""",
        """wildlife rangers, the river trust, marine biologists, foresters, a climate panel |
        counts, protects, releases, maps, bans, restores | grey seals, the salt marsh, lynx,
        bottom trawling, a peat bog, old beech woods | numbers are up for the third year,
        anglers object, the drought had thinned them out, a fence will come down""",
        """the football club, a marathon runner, the cricket board, handball women, referees |
        wins, loses, appeals, signs, cancels, celebrates | the derby, a second leg, the doping ban,
        a record transfer, the home fixture, the relay title | the coach spoke of character,
        supporters stayed away, a replay is possible, the season ends on Sunday""",
        """astronomers, a satellite maker, the weather service, chip designers, a battery plant |
        launches, measures, recalls, patents, simulates, calibrates | a relay satellite, the storm
        radar, solid cells, a quantum chip, the tide model, a telescope mirror |
        rivals are a year behind, the first data look clean, the price is to halve by summer,
        a flaw had been known""",
        """the museum, a choir, film makers, the theatre, an archive |
        restores, stages, buys, digitises, returns, premieres | a bronze figure, the lost opera,
        wartime letters, a silent film, temple drums, the town charter |
        visitors queued round the square, the heirs agreed, entry is free in March,
        critics were not kind""",
        """the power company, miners, the grid operator, a reactor crew, wind farm owners |
        shuts, restarts, connects, floods, audits, sells | the coal pit, reactor two,
        an undersea cable, the pumped storage, a gas field, roof panels |
        the lights stayed on, bills fall from April, inspectors found cracks, jobs move on""",
        """rescuers, the fire brigade, relief agencies, the coastguard, village elders |
        evacuates, finds, shelters, clears, searches, rebuilds | flooded streets, a missing trawler,
        quake survivors, the landslide road, a burning warehouse, the broken levee |
        the water is going down, nobody was hurt, winter tents are short, an emergency ended""",
        """the electoral commission, councillors, a governor, voters, the coalition |
        recounts, boycotts, approves, redraws, postpones, wins | the mayoral ballot, the budget,
        a constitution clause, ward boundaries, the by-election, a recall petition |
        turnout was low, a coalition is likely, three ballots were void, the loser conceded late""",
    )
)  # fmt: skip
_ASIDES = (
    "The decision came after a meeting that lasted into the night.",
    "A spokesperson would not say what it had cost.",
    "It is the second such step since the autumn.",
    "People in the old town had signed a petition against it.",
    "Officials in the capital were told an hour before.",
    "Local radio had reported as much last week.",
    "Documents seen by this newspaper speak of a compromise.",
    "Nobody at the scene would give an interview.",
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened."""

    at: datetime
    place: str
    who: str
    did: str
    what: str
    then: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Story:
    """One outlet's words on an event; `paragraphs` is the summary and what follows it."""

    title: str
    paragraphs: tuple[str, ...]
    at: datetime
    field: str


def _event(dice: random.Random) -> Event:
    who, did, what, then = (dice.choice(part) for part in dice.choice(FIELDS))
    return Event(
        at=START + timedelta(minutes=dice.randrange(DAYS * 24 * 60)),
        place=dice.choice(PLACES), who=who, did=did, what=what, then=then,
        number=dice.randrange(3, 900),
    )  # fmt: skip


_TITLES: tuple[Callable[[Event], str], ...] = (
    lambda e: f"{e.place}: {e.who} {_past(e.did)} {e.what}",
    lambda e: f"{_cap(e.who)} in {e.place} {_past(e.did)} {e.what}",
    lambda e: f"{_cap(e.what)}: {e.then}, says {e.place}",
    lambda e: f"Why {e.who} of {e.place} {_past(e.did)} {e.what}",
    lambda e: f"{_cap(e.then)} as {e.who} {_past(e.did)} {e.what} in {e.place}",
)
_LEADS: tuple[Callable[[Event], str], ...] = (
    lambda e: f"{_cap(e.who)} {_past(e.did)} {e.what} near {e.place} on {e.at:%A}; {e.then}.",
    lambda e: (
        f"{_cap(e.then)} after {e.who} in {e.place} {_past(e.did)} {e.what}, "
        f"{e.number} people were told."
    ),
    lambda e: (
        f"In {e.place} {e.who} {_past(e.did)} {e.what}, a matter of {e.number} million. "
        f"{_cap(e.then)}."
    ),
)


def _past(verb: str) -> str:
    """As headlines write: "the board cut", "the board has reopened"; simple but readable."""
    first, _, rest = verb.partition(" ")
    irregular = {"cuts": "cut", "shuts": "shut", "wins": "won", "loses": "lost", "sells": "sold",
                 "buys": "bought", "hears": "heard", "writes": "wrote", "finds": "found",
                 "redraws": "redrew", "strikes": "struck"}  # fmt: skip
    stem = irregular.get(first)
    if stem is None:
        stem = first[:-3] + "ied" if first.endswith("ies") else first[:-1]
        if not stem.endswith("ied"):
            stem = stem.removesuffix("e") + "ed"
    return f"{stem} {rest}".strip()


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(event: Event, dice: random.Random) -> Story:
    paragraphs = [dice.choice(_LEADS)(event) + " " + dice.choice(_ASIDES)]
    for _ in range(dice.randrange(2, 5)):
        other = dice.choice(_LEADS)(event)
        paragraphs.append(f"{other} {' '.join(dice.sample(_ASIDES, 2))}")
    return Story(
        title=dice.choice(_TITLES)(event),
        paragraphs=tuple(paragraphs),
        at=event.at + timedelta(minutes=dice.randrange(240)),
        field=event.what.split()[-1],
    )


def news_of(outlet: int, items: int) -> list[Story]:
    """What an outlet publishes, the newest first."""
    dice = random.Random(outlet)
    shared = random.Random(outlet * 7919 + 1)
    stories = []
    for _ in range(items):
        if dice.random() < 0.25:
            event = _event(random.Random(f"shared {shared.randrange(SHARED_EVENTS)}"))
        else:
            event = _event(dice)
        stories.append(_told(event, dice))
    return sorted(stories, key=lambda story: story.at, reverse=True)
