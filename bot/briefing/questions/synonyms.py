"""Words of diplomacy and policy that people use for one another; each line is one group."""

from bot.briefing.questions.stems import stem

_GROUPS = """
drills exercises manoeuvres maneuvers wargames
talks negotiations dialogue negotiating
remains bodies corpses fallen
railway railways rail railroad trains train
roads highways
truce ceasefire armistice
prisoners captives detainees pow pows
weapons arms weaponry
disarmament disarming demobilisation
nuclear atomic nukes
denuclearization denuclearisation denuke
missile rocket missiles
families relatives
reunions reunion reunite reuniting
guarantees assurances guarantee
inspections inspectors verification inspecting monitoring
finance funding money financing funds
emissions carbon co2 greenhouse ghg
coal lignite
deforestation forests forest logging
renewables solar wind renewable
methane ch4
adaptation resilience adapting
vaccines vaccination jabs immunisation
debt borrowing loans
trade tariffs commerce
tax taxation taxes
refugees migrants displaced
border frontier boundary
embassy embassies consulate
visit trip travel
relations ties relationship
dismantle dismantling demolish destroy destruction scrap
closure shutdown closing close
release freeing freed
elections polls voting vote
sanctions embargo
aid assistance relief
hostages abductees
treaty pact
withdrawal pullback pullout retreat
suspension halt suspend suspending freeze pause
women gender girls
digital cyber internet
ocean oceans marine
""".strip().splitlines()

SYNONYMS = {
    stem(word): frozenset(stem(other) for other in group.split()) - {stem(word)}
    for group in _GROUPS
    for word in group.split()
}
"""For a stem, the stems that may be meant as well."""
