"""Words of plain English that are never the subject of a question."""

from bot.briefing.questions.tables import words_of

_GRAMMAR = words_of(
    "a an the this that these those it its they them their he him his she her we us our i me my "
    "mine you your yours who whom whose what which when where why how is are was were be been "
    "being am do does did done doing has have had having can could will would shall should may "
    "might must of in on at by for from to into onto with without about regarding concerning re "
    "as than then so but and or nor if while because since until till before after between "
    "during over under again further not no yes any anything some something nothing none all "
    "every everything each everyone anyone anybody somebody nobody someone one ones other "
    "others another else both either neither few couple many much more most less least several "
    "lot lots own same such too very quite rather just only even also still yet already ever "
    "never always once here there now out up down off away back through across around along "
    "against within per via vs versus plus let get got gets getting give gives given gave make "
    "makes made take takes took see seen look looks looking say says said tell tells told ask "
    "asks asked know knows known think thought want wants wanted need needs needed like use "
    "used using go goes going gone went come comes came put set keep keeps kept keeping try "
    "trying first second third last next new newest old good bad great "
)

# Politeness, times, and nouns that say nothing.
_PADDING = words_of(
    "please kindly thanks thank hi hello hey dear morning afternoon evening sorry sure ok okay "
    "well actually basically really maybe perhaps quick quickly short shortly brief briefly "
    "simple simply bit wondering wonder curious hoping hope appreciate grateful mind happy glad "
    "team folks guys bot briefing colleague boss minister ambassador director meeting call note "
    "memo paper desk today tonight tomorrow yesterday week weeks month months quarter quarters "
    "year years day days hour hours time times date dates lately recently recent currently "
    "present moment far soon ago past previous current daily weekly thing things stuff matter "
    "matters issue issues topic topics subject case part side sides front way ways kind sort "
    "point points regard regards respect terms question questions answer answers idea clue "
    "world whole main full entire total general overall big small major minor key important "
    "interesting follow following word words line lines "
)

# What people ask this bot about anything.
_TRADE = words_of(
    "status state states standing stand stands situation position update updates updated latest "
    "news progress progressing advance advances advancement setback setbacks delay delays "
    "delayed delaying delayer block blocks blocked blocking stall stalls stalled stalling hold "
    "holding held holdup obstacle obstacles breakthrough breakthroughs evidence report reports "
    "reported reporting article articles story stories item items coverage piece pieces press "
    "media headline headlines source sources outlet outlets feed feeds change changes changed "
    "changing happen happens happened happening move moves moved moving movement development "
    "developments develop developed developing compare compared comparison comparing contrast "
    "difference differences better worse further ahead behind faster slower timeline chronology "
    "history sequence event events milestone milestones search find lookup assess assessed "
    "assesses assessing assessment assessments level levels rating ratings rate rated score "
    "scored scores grade grades verdict judgement judgment judge judged summary summarise "
    "summarize overview digest digests subscribe subscription subscriptions unsubscribe send "
    "sends sent sending stop stops pause resume mute notify alert alerts remind quiet quieter "
    "quietest silent silence dormant stale hear heard show shows list lists display explain "
    "describe share read reads write writes written publish published mention mentions "
    "mentioned mentioning commitment commitments promise promises promised pledge pledges "
    "pledged undertaking undertakings obligation obligations tracked track tracking tracker "
    "summit summits declaration statement agreement agreements accord accords deal deals "
    "communique treaty document implementation implement implemented implementing fulfil "
    "fulfill fulfilled fulfilment kept comply complied done complete completed finished finish "
    "honour honored honoured deliver delivered delivering due deadline deadlines overdue "
    "priority improve improved improvement improvements worsen worsened violate violated "
    "violation violations breach breaches breached break broke broken breaking undermine "
    "undermined undermining obstruct obstructed obstructing slow slowing slowed drag dragging "
    "resist resisting oppose opposing stuck work works working start started starts begin began "
    "beginning end ended ends anywhere somewhere lately concrete tangible actual real positive "
    "negative forward backward backwards success successes failure failures fail failed related "
    "relevant available possible miss missed missing speed catch catching bring brought run "
    "running rundown recap roundup picture add adds added adding remove removes removed "
)

STOP = frozenset((*_GRAMMAR, *_PADDING, *_TRADE))
"""Words that say nothing about the subject, unless as part of a longer name."""
