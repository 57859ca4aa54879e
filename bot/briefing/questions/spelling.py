"""Words that are spelled right, and words that are put right."""

from bot.briefing.questions.common import STOP
from bot.briefing.questions.tables import words_of

_EVERYDAY = words_of(
    "people person country countries government governments president minister leader leaders "
    "official officials party parties public private national international local global "
    "foreign state states stated united nations council court committee member members group "
    "groups house city town water land sea air money price prices market markets business "
    "company bank trade power energy plan plans planned planning policy programme program "
    "project projects system process support supported number numbers amount percent cost costs "
    "value result results reason reasons effect impact risk risks problem problems order orders "
    "law laws rule rules right rights left force forces police army soldier soldiers body "
    "bodies life death family friend child children school student woman women man men home "
    "office room door table car road street phone book page paper film movie music song game "
    "games play player weather rain sunny snow winter summer spring autumn football soccer "
    "world believe feel prefer favourite favorite guess predict prediction forecast bet odds "
    "chance chances likely unlikely probably win wins winning lose loses winner capital joke "
    "recipe lunch dinner coffee stay leave open opened opening close closed closing visit "
    "visits visited talk talks talking speak agree agreed agreeing accept accepted reject "
    "rejected confirm confirmed deny denied call called return returned returning remain "
    "remains regime region regions season nation nature notion ration station mission version "
    "vision decision position condition relation relations related quite quiet quote whole "
    "where there their three though through thought these those other either neither while "
    "white write wrote light night might sight fight eight stand stage steps step "
)

TRUE_WORDS = STOP | frozenset(_EVERYDAY)
"""Words that are spelled right, however near they are to another one."""

CUE_SPELLINGS = words_of(
    "status compare comparison timeline chronology progress setback setbacks evidence changes "
    "changed silence quiet overview summary assessment assessed subscribe unsubscribe "
    "subscription digest digests briefing search latest update updates yesterday today week "
    "month quarter year anything where which commitments feeds happened since between until "
    "before monday tuesday wednesday thursday friday saturday sunday january february march "
    "april june july august september october november december articles reports stories "
    "history weeks months delayed delays delaying morning every "
)
"""Words that are put right when a letter is missing, added or changed round."""
