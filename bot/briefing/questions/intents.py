"""What somebody wants to know, from the words of the question with its names masked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.briefing.questions.question import Intent

# MERGED cue: How cues are written: a weight and turns of phrase.
#
# A turn of phrase is a regular expression over the words of one sentence, in lower case and
# without
# punctuation, in which TOPIC stands for a commitment, SUMMIT, OUTLET, DATE and PARTY for what
# their
# names say, and a word in angle brackets for one of the `PIECES`. It is found at whole words
# only.


PIECES = {
    "digests": (
        "(?:digests?|briefings?|subscriptions?|updates?|messages?|summar(?:y|ies)|notifications?|"
        "alerts?)"
    ),
    "reports": (
        "(?:evidence|reports?|articles?|stories|story|items?|coverage|pieces?|headlines|reporting|"
        "press|links|quotes|clips)"
    ),
    "days": (
        "(?:day|morning|evening|afternoon|night|week|weekday|month|hour|monday|tuesday|wednesday|"
        "thursday|friday|saturday|sunday)s?"
    ),
    "please": (
        "^(?:(?:so|and|but|ok|well|please|hi|hey|hello|can you|could you|would you|will you|"
        "i want you to|i would like you to|you should|just|now|kindly|go ahead and|let us) )*"
    ),
    "record_only": r"(?!.*\b(?:feeds?|rss|digests?|subscriptions?|briefings?|alerts?)\b)",
}
"""Parts that several turns of phrase share; `please` begins a sentence, politely or not."""


class Cue:
    """Turns of phrase with the same weight; the heaviest cue found decides what is asked."""

    def __init__(self, weight: float, *phrases: str) -> None:
        self.weight = weight
        whole = re.sub(r"<([a-z_]+)>", lambda found: PIECES[found[1]], "|".join(phrases))
        self._pattern = re.compile(rf"(?<!\w)(?:{whole})(?!\w)")

    def found_in(self, sentence: str) -> bool:
        """Whether one of the turns of phrase is in a masked sentence."""
        return self._pattern.search(sentence) is not None


Cues = Mapping[Intent, tuple[Cue, ...]]
"""Cues by what they ask for."""


# MERGED cue_chores: Cues for what is not a question about a commitment: the bot itself, feeds,
# digests.


CHORES: Cues = {
    Intent.SUBSCRIBE: (
        Cue(
            9.2,
            r"(?:un)?subscri(?:be|bed|bing|ption|ptions|ber|bers)",
        ),
        Cue(
            9.1,
            r"(?:stop|pause|mute|unmute|resume|restart|cancel|change|move|snooze|skip|switch|"
            r"turn|start|reschedule|delete|remove|edit|end|drop|set up|shift|adjust)"
            r"\b(?: \w+){0,5} <digests>",
        ),
        Cue(
            9.1,
            r"(?:stop|quit|no more) (?:sending|messaging|pinging|bothering|spamming|posting|"
            r"writing|emailing)",
        ),
        Cue(
            8.8,
            r"(?:send|post|give|get|want|like|deliver|brief|update|ping|message|share|have|"
            r"receive|tell|see|need|set|summary|<digests>|this|it)\b.*\b(?:every (?:single |"
            r"other |DATE|<days>)|each <days>|daily|weekly|weekdays|(?:on )?(?:mondays|"
            r"tuesdays|wednesdays|thursdays|fridays|saturdays|sundays))",
        ),
        Cue(
            8.8,
            r"(?:notify|alert|ping|warn|remind|message|tell|email) (?:me|us|the team|"
            r"this channel)\b.*\b(?:when|whenever|if|once|as soon as)",
        ),
        Cue(
            8.8,
            r"let (?:me|us) know\b.*\b(?:when(?:ever)?|if|once|as soon as)",
        ),
        Cue(
            8.5,
            r"digests$",
            r"(?:my|our|this channel|next|weekly|daily|morning|monday|friday) (?:\w+ )"
            r"?digests?",
            r"digests? (?:at|to|for|in|on|about|time|settings?|schedule)",
            r"^(?:daily|weekly) \w+$",
        ),
        Cue(
            8.5,
            r"leave me alone|add me to|take me off|remove me",
            r"sign (?:me|us) (?:up|off)",
            r"opt (?:in|out)",
            r"keep me (?:posted|updated|informed)",
        ),
        Cue(
            8.2,
            r"(?:daily|weekly|hourly) (?:\w+ )?(?:updates?|briefings?|summar\w+|reports?|"
            r"mail|emails?|notifications?)",
        ),
    ),
    Intent.FEEDS: (
        Cue(
            9,
            r"feeds?|rss|opml|atom feed",
        ),
        Cue(
            8.3,
            r"(?:check|checked|fetch|fetched|poll|polled) (?:the )?OUTLET",
            r"(?:which|what|list|your|all|how many|our|show|add|remove|the) (?:news |of |"
            r"the |your |our |are |me |all )*(?:sources|outlets|sites|publications|"
            r"newspapers|websites|news sites)\b(?! (?:for|on|about|behind|of|say|said|"
            r"do you have on) )",
        ),
        Cue(
            8.3,
            r"(?:do|does|are|can|is) (?:you|we|the bot|it) (?:even |still |also |currently )"
            r"?(?:read|reading|follow|following|watch|watching|monitor|monitoring|cover|"
            r"covering|check|checking|poll|polling|scan|track|tracking|include|get|getting|"
            r"use|using) (?:the )?OUTLET",
        ),
        Cue(
            8.3,
            r"(?:is|are|was|has) (?:the )?OUTLET .*\b(?:working|work|broken|down|ok|okay|"
            r"alive|dead|up|fetched|healthy|included|covered|listed|paused|failing|stale|"
            r"reachable|checked|polled|silent|quiet|being)",
        ),
        Cue(
            8.3,
            r"fetch(?:ed|ing)?",
            r"poll(?:ed|ing)",
            r"crawl(?:ed|ing)?",
            r"OUTLET (?:status|health)",
            r"^(?:add|remove|pause|resume|follow|unfollow) (?:the )?OUTLET",
        ),
        Cue(
            8.3,
            r"where (?:do|does) (?:you|this|the bot|it|your) .*\b(?:get|take|find|come)"
            r"\b.*\b(?:news|information|data|items|stories|from)",
            r"sources? (?:health|list)",
        ),
    ),
    Intent.HELP: (
        Cue(
            9,
            r"^(?=.*\b(?:hi|hello|hey|good|thanks|thank|greetings|yo|cheers|please)\b)(?:(?:hi|"
            r"hello|hey|good (?:morning|afternoon|evening)|thanks|thank you|please|greetings|"
            r"yo|there|DATE|bot|briefing|everyone|all|team|so much|very much|a lot|many|"
            r"DATE morning|ok|okay|great|cheers) ?)+$",
        ),
        Cue(
            9,
            r"^(?:please )?(?:help|help me|help please|i need help|commands?|usage|man|menu|"
            r"options|what|huh)$",
        ),
        Cue(
            8.6,
            r"(?:what|which) (?:\w+ )?(?:can|do|could) (?:you|this bot|the bot|it|this thing)"
            r" (?:do|answer|help|offer|understand|know)",
            r"what (?:questions |things )?(?:can|could|should|may) (?:i|we) (?:ask|do|say|"
            r"type|use)",
        ),
        Cue(
            8.6,
            r"how (?:do|can|should|to|does) (?:i |we |you |one |this |it |the bot |this bot )"
            r"*(?:use|work|talk to|ask|operate|function|get started|start)\b(?!.*TOPIC)",
        ),
        Cue(
            8.6,
            r"how you work",
            r"(?:who|what) (?:are|r) you\b(?! (?:tracking|following|watching|reading|"
            r"monitoring))",
            r"your (?:features|capabilities|commands|abilities)",
            r"show (?:me )?(?:the )?(?:help|commands)",
            r"list (?:of )?commands",
        ),
        Cue(
            8.4,
            r"(?:what is|introduce|tell me about) (?:this bot|yourself|this thing|this app)",
            r"who (?:made|built|created) you",
        ),
        Cue(
            5,
            r"help\b(?!.*TOPIC)",
        ),
    ),
    Intent.SEARCH: (
        Cue(
            8.4,
            r"search|searches|searching|look up|lookup|google|grep",
        ),
        Cue(
            8.4,
            r"<please>(?:find|look for|dig up|dig out)\b(?! (?:me |us |all |any |the |out |"
            r"some |more |recent |new )*<reports>\b)(?! out\b)(?! TOPIC)",
        ),
        Cue(
            7.8,
            r"keywords?|containing|contains?|full text",
            r"the (?:word|words|phrase|term|string)",
        ),
    ),
}


# MERGED cue_news: Cues for where commitments stand and what was reported on them.


NEWS: Cues = {
    Intent.STATUS: (
        Cue(
            7,
            r"(?:where|how far) (?:exactly )?(?:are|do|does|did|is|have|has|were|was|along)"
            r" (?:we|things|they|it|everything|the|all|TOPIC|SUMMIT|this|that|"
            r"SUMMIT commitments|you)\b(?!.*\bget\b)",
        ),
        Cue(
            7,
            r"status|state of play|state of affairs|state of the|current state|standing of",
            r"standings?|how much progress|sitrep|situation",
            r"how is (?:the )?progress",
        ),
        Cue(
            6.9,
            r"(?:stands?|standing) (?:on|with|at|today|now|DATE)",
            r"how (?:do|does) (?:things|it|we|TOPIC|the|SUMMIT).* (?:stand|look|fare)",
            r"where .* (?:stands?|standing)",
        ),
        Cue(
            5.9,
            r"how (?:is|are|goes|was|were|has|have) (?:it|things|we|they|everything|the|all|"
            r"TOPIC|SUMMIT|that|this|about)",
            r"how (?:well|far|close|complete|advanced)",
        ),
        Cue(
            6,
            r"on track|off track|on schedule|going well|coming along|at risk|up to date",
            r"carried out|lived up",
            r"doing (?:on|with)",
            r"kept (?:its|their|his|the)",
            r"keeping (?:its|their|his|the)",
            r"keep (?:its|their|his) (?:word|promises?)",
            r"deliver(?:ed|ing) on",
        ),
        Cue(
            5.2,
            r"^(?:so |and |but )*(?:is|are|has|have|was|were|did) (?:the |they |we |it |all )"
            r"*(?:TOPIC|SUMMIT)\b.*\b(?:done|complete|completed|finished|fulfilled|kept|"
            r"implemented|honou?red|met|alive|dead|resolved|delivered|suspended|over|stalled|"
            r"stuck|working|moving|happening|underway|started|begun|signed|lifted|closed|"
            r"open|dismantled|progressing|returned|held|real)",
        ),
        Cue(
            5,
            r"due|deadlines?|scale of|what about|how about",
            r"what (?:do|are) (?:you|we) (?:track|tracking|follow|following|watch|watching|"
            r"monitor|monitoring)",
            r"(?:list|show|which|what|how many) (?:\w+ ){0,3}(?:commitments|"
            r"promises|pledges|summits)",
            r"tell (?:me|us) about",
        ),
    ),
    Intent.BRIEF: (
        Cue(
            7.2,
            r"up to speed|tl ?dr|big picture|recap|round ?up|run ?down|nutshell|digest now",
            r"executive summary",
            r"brief(?:ing)? (?:me|us|the (?:boss|minister|ambassador|director|team))",
            r"summari[sz]e",
            r"catch (?:me|us|the team) up",
            r"sum (?:it|things|this|all)? ?up",
            r"fill (?:me|us) in",
            r"bring (?:me|us) up to DATE",
            r"get (?:me|us) up to DATE",
        ),
        Cue(
            6.8,
            r"summary|overview|highlights?|key points|essentials|headlines|top stories",
            r"most important|briefing|digest|gist|main points|what matters|^brief",
            r"what (?:do|should) (?:i|we) (?:need to )?know",
            r"(?:a|quick|short|full|morning|evening|daily) brief",
        ),
    ),
    Intent.EVIDENCE: (
        Cue(
            8.2,
            r"(?:find|show|list|give|get|pull|see|share|dig)\b(?: \w+){0,6} <reports>",
        ),
        Cue(
            8.5,
            r"(?:sources?|proof|basis|citations?|backing|documentation|references?) (?:\w+ )"
            r"{0,3}(?:for|on|about|behind|of|that) .*\b(?:TOPIC|SUMMIT)",
        ),
        Cue(
            7.4,
            r"(?:what|anything|how) (?:did|does|has|have|is|was|do|are|that|by|from|in)"
            r"? ?(?:the )?OUTLET",
            r"OUTLET (?:say|says|said|saying|report\w*|wr\w+|cover\w*|carr\w+|publish\w*|on|"
            r"articles?|stories|story|pieces?|claims?|about)",
            r"(?:according to|from|by|in|via) (?:the )?OUTLET",
        ),
        Cue(
            6.8,
            r"(?:good|bad|positive|negative) (?:news|signs?|signals?)",
        ),
        Cue(
            7.1,
            r"(?:who|what|why|anyone|anybody|somebody)(?: \w+){0,4} (?:delay|"
            r"block|stall|obstruct|hold|undermin|"
            r"violat|break|slow|resist|oppos|drag|hinder|imped|prevent|stand|sabotag|derail|"
            r"advanc|push)\w*\b(?! (?:on|with|at))",
        ),
        Cue(
            6.7,
            r"evidence|proof",
            r"<reports> (?:on|about|of|for|from|regarding|concerning|in|by|that|DATE)",
            r"(?:has|have|was|were|been|being) (?:\w+ )?(?:reported|written|published|said)",
            r"who (?:said|says|reported|reports)",
            r"what (?:is|was|are) (?:\w+ )?(?:saying|said|written|reported|known)",
        ),
        Cue(
            6.4,
            r"setbacks?|advances?|breakthroughs?|violations?|delays?|obstacles?|backslid\w*",
            r"headway",
            r"breach(?:es)?",
            r"steps? (?:forward|backwards?|back)",
            r"(?:moved|moving|went|going|gone|goes) (?:forwards?|backwards?|back)",
            r"(?:any|some|signs? of|what|real|concrete|recent|more|show|list|made|making|no)"
            r" (?:\w+ )?progress",
            r"^progress (?:on|in|toward|DATE)",
            r"progress (?:has|have|was|made|DATE|reports? on)",
        ),
        Cue(
            5.1,
            r"(?:anything|something|everything|what do (?:you|we) have|what have (?:you|we)"
            r"(?: got)?|what is there|got anything|any mention|any items|mentions?|"
            r"mentioning|mentioned) (?:on|about|regarding|from|for|concerning|of|DATE|TOPIC|"
            r"SUMMIT|that)",
        ),
        Cue(
            4.6,
            r"(?:why|who|whose|did|what did|when did|which (?:country|side|party|side))"
            r" (?:is|are|has|have|was|were|did|do|does|the|they|TOPIC|\w+)",
        ),
    ),
    Intent.CHANGES: (
        Cue(
            6.6,
            r"(?:what|anything|something|whats|any thing|what all) (?:is |has |was |are )"
            r"*(?:new|changed|different|happened|happening|happen|going on|moved|moving|"
            r"developed|up)",
            r"what (?:\w+ )?(?:has|have) (?:\w+ ){0,3}(?:changed|happened|moved|developed)",
        ),
        Cue(
            6.5,
            r"the latest|latest|news|updates?|newest|developments?|changes?",
            r"(?:any|latest|recent|new|more|fresh|the) (?:\w+ )?(?:news|updates?|"
            r"developments?|changes?|movement|word)",
            r"news (?:on|about|of|from|in|DATE)",
        ),
        Cue(
            6.5,
            r"(?:what |anything )?(?:did|have|has|do) (?:i|we) (?:miss|missed|missing)",
            r"since (?:i|we) last",
            r"how (?:has|have|did) .*\bchanged?",
            r"any (?:new|change|movement|motion)",
            r"new (?:on|about|in|DATE|since)",
            r"anything (?:new|fresh)",
        ),
        Cue(
            3,
            r"happened|happening|happens?|lately|recently|new",
        ),
    ),
}


# MERGED cue_refusals: Cues for what no bot of this kind can answer: edits of the record,
# predictions, opinions.


REFUSALS: Cues = {
    Intent.UNKNOWN: (
        Cue(
            9.5,
            r"<please><record_only>(?:mark|declare|set|change|edit|delete|erase|overwrite|"
            r"rewrite|raise|lower|downgrade|upgrade|confirm|reject|approve|correct|rename|"
            r"override|backdate|wipe|clear|remove|reset|close|record|flip|bump|make)"
            r" .*\b(?:TOPIC|SUMMIT|status|level|levels|assessments?|evidence|record|records|"
            r"history|score|rating|ratings|commitments?|item|items|verdict|data|database|"
            r"everything|it)",
        ),
        Cue(
            9.5,
            r"<please>update (?:the |its |their )?(?:status|level|score|record|verdict|"
            r"assessment)",
        ),
        Cue(
            9.5,
            r"(?:reject|confirm|delete|approve|remove|dismiss|accept) (?:the )?(?:evidence )"
            r"?e\d+",
        ),
        Cue(
            9.5,
            r"<please>(?:assess|rate|grade|score) (?:the )?TOPIC .*\b(?:as|at|to)",
        ),
        Cue(
            9.5,
            r"(?:ignore|forget|disregard) (?:all |any |your |the |my )*(?:previous|prior|"
            r"above|earlier)? ?(?:instructions?|rules?|prompts?|orders)",
        ),
        Cue(
            9,
            r"system prompt|you are now|act as",
            r"pretend (?:to|you)",
        ),
        Cue(
            9,
            r"^(?:so |and |but )*(?:will|shall) (?!you\b)\w+",
        ),
        Cue(
            9,
            r"(?:who|what|when|which|how|where|why)(?: \w+){0,3} (?:will|would|shall|(?:is|"
            r"are) (?:going|likely|bound|about) to)\b(?! you\b)",
        ),
        Cue(
            9,
            r"^(?:is|are|am|do you think|does) .*\b(?:going to|likely to|about to|bound to|"
            r"ever going)",
        ),
        Cue(
            9,
            r"predict\w*|forecasts?|odds|likelihood|how likely|probability|bets?|likely that",
            r"wager|what happens next|future",
            r"chances? (?:of|that|for)",
            r"(?:is|are) it (?:likely|possible|probable)",
        ),
        Cue(
            9,
            r"(?:do|what do|what did|would) you (?:personally |really |actually )?(?:think|"
            r"believe|feel|like|prefer|reckon|make of|love|hate|trust|agree)",
        ),
        Cue(
            9,
            r"your (?:own )?(?:opinion|view|take|thoughts?|favou?rite|gut)",
            r"in your (?:opinion|view)",
        ),
        Cue(
            9,
            r"^(?:so |and |but |what |who |how |why |when )*should (?:we|i|they|he|she|the|"
            r"it|\w+ (?:trust|invade|pull|leave|withdraw|accept|sign))\b(?! know)",
        ),
        Cue(
            9,
            r"good idea|bad idea",
            r"who is (?:right|wrong|to blame|better|smarter)",
            r"is it (?:right|wrong|fair|wise)",
        ),
        Cue(
            9,
            r"weather|temperature outside|raining|jokes?|poems?|haiku|recipe|lunch|football",
            r"horoscope|lottery|stock price|share price|translate|capital of|meaning of life",
            r"what time is it|how old are you|sing|movie|birthday",
            r"write (?:me )?(?:a|an|my|some) \w+",
            r"order (?:me )?(?:a|some)",
            r"book (?:me )?(?:a|an|the)",
        ),
    ),
}


# MERGED cue_views: Cues for particular views of commitments: side by side, in order, as judged,
# by silence.


VIEWS: Cues = {
    Intent.COMPARE: (
        Cue(
            8,
            r"compar\w*|versus|vs|contrast|side by side|differences? between|stacks? up",
            r"measures? up|head to head",
            r"how (?:does|do|is|are) .* differ\w*",
        ),
        Cue(
            7.8,
            r"(?:further|farther|better|worse|faster|slower|more|less|ahead|behind|advanced|"
            r"closer|stronger|weaker|quieter|worst|best|most|least)\b.*\b(?:TOPIC|SUMMIT)"
            r" (?:or|than) (?:the |on )?(?:TOPIC|SUMMIT)",
        ),
        Cue(
            7.8,
            r"(?:TOPIC|SUMMIT)\b.*\b(?:further|farther|better|worse|faster|slower|more|less|"
            r"ahead of|behind|as)\b.*\b(?:than|as|ahead of|behind|of)\b.*\b(?:TOPIC|SUMMIT)",
        ),
        Cue(
            7.6,
            r"which (?:one |of (?:the )?(?:two|them|these) )?(?:is|are|has|have|moves?|does|"
            r"goes|went|made|gets|got)\b.*\b(?:TOPIC|SUMMIT),? (?:or|and) (?:the )?(?:TOPIC|"
            r"SUMMIT)",
        ),
    ),
    Intent.TIMELINE: (
        Cue(
            8.1,
            r"time ?line|chronolog\w+|sequence of events|month by month|week by week",
            r"step by step|key dates|milestones?|order of events|course of events",
        ),
        Cue(
            7.5,
            r"evolution of|walk me through|over time|so far in order|trace|what happened when",
            r"full story|retrace|in order$|TOPIC history|^history",
            r"(?:the )?history (?:of|on|with|behind)",
            r"how did (?:we|it|things|the|TOPIC|this|they)\b.*\b(?:get|got|come|develop|"
            r"unfold|evolve|go|progress|end up)",
            r"how (?:has|have) .*\b(?:evolved|developed|unfolded|gone over)",
            r"from the (?:start|beginning|outset|very)",
            r"since the (?:start|beginning)",
        ),
    ),
    Intent.ASSESSMENT: (
        Cue(
            8,
            r"(?:we|you|they|anyone|somebody|analysts|the team) (?:rate|score|grade)",
            r"re ?assess\w*|scorecard|verdicts?|provisional",
            r"assess(?:ed|es|ment|ments|ing)?",
            r"scor(?:e|es|ed|ing)",
            r"grad(?:e|es|ed|ing)",
            r"rat(?:ed|ing|ings)",
            r"judg(?:ed|ement|ements|ment|ments)",
        ),
        Cue(
            8,
            r"(?<!working )(?<!high )(?<!sea )(?<!senior )(?<!top )(?<!ministerial )"
            r"(?<!water )(?<!leaders )\blevels?\b(?! (?:talks|meeting|negotiations|rise|"
            r"official|delegation|visit))",
        ),
        Cue(
            7.4,
            r"how (?:did|do) (?:we|you|the team|analysts) (?:judge|rate|score|see)",
            r"who (?:set|decided|judged|signed off)",
            r"what did (?:we|the team|analysts) (?:decide|conclude)",
        ),
    ),
    Intent.SILENCE: (
        Cue(
            7.9,
            r"(?:heard|seen|read|had) (?:\w+ )?(?:nothing|little)",
            r"dormant|inactive|radio silence|dried up|going cold|fallen off|overdue|neglected",
            r"forgotten|stale|dropped off|languish\w*",
            r"quiet(?:er|est|ly|ed)?",
            r"silen(?:t|ce|ces|tly)",
            r"gone (?:cold|dark|missing|stale)",
            r"no one (?:is )?talk\w*",
            r"nobody (?:is )?talk\w*",
        ),
        Cue(
            7.9,
            r"(?:nothing|no|without|zero|lack of|not had any|not had|absence of|hardly any)"
            r" (?:\w+ )?(?:new|news|evidence|coverage|movement|activity|updates?|reports?|"
            r"word|developments|reporting|mention|sign of life|signs of life)",
        ),
        Cue(
            7.9,
            r"(?:not|never|nothing) (?:\w+ )?(?:heard|seen|reported|been (?:heard|reported|"
            r"mentioned|covered|in the news)|moved|had)\b(?! of)",
        ),
        Cue(
            7.9,
            r"when (?:did|was|were|have|has) (?:we|you|there|anyone|anything|the|TOPIC|it)"
            r" (?:last|most recent|latest)",
            r"when (?:did|was) .*\blast (?:hear|heard|see|report\w*|mention\w*|news|evidence|"
            r"item|story|movement|in the news|activity|update)",
            r"last time (?:we|anyone|there|you|anything)",
            r"how long (?:has it been|since|ago|have we|is it)",
        ),
        Cue(
            7.6,
            r"past due",
            r"(?:deadlines?|due dates?) (?:\w+ )?(?:passed|missed|gone|expired)",
            r"(?:missed|passed) (?:\w+ )?(?:deadlines?|due dates?)",
        ),
    ),
}


# MERGED politeness: Greetings, thanks and padding around what is asked, in masked sentences.


_TO_WHOM = r"(?: (?:team|all|there|everyone|folks|guys|bot|briefing|both))?"
_BEFORE = re.compile(
    rf"^(?:(?:(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening)){_TO_WHOM}|"
    r"please|kindly|sorry|ok|okay|well|so|thanks|thank you|quick (?:one|question)|"
    r"(?:can|could|would|will) you(?! (?:think|believe|say|guess|bet|do|answer))|"
    r"i (?:was|am) wondering(?: if)?|i (?:want|would like) you to|just)(?= |$) ?)+"
)
_BEHIND = re.compile(
    r"(?:(?:^| )(?:please|kindly|thanks|thank you|thx|cheers|so much|very much|a lot|a million|"
    r"in advance|again))+$"
)


def without_politeness(sentence: str) -> str:
    """The sentence without politeness at either end; empty when it holds nothing else.

    >>> without_politeness("hi team could you please find TOPIC thank you very much")
    'find TOPIC'
    """
    return _BEHIND.sub("", _BEFORE.sub("", sentence)).strip()


_CUES: Cues = {**REFUSALS, **CHORES, **VIEWS, **NEWS}
"""Of two cues as heavy, the one that comes first here decides."""
_ONLY_A_TIME = re.compile(r"(?:(?:and|so|but|then|now) )*DATE")
_NEEDS_SUBJECT = 5.0
"""Cues lighter than this one are everyday words: they count beside a commitment or summit only."""


@dataclass(frozen=True, slots=True)
class Cued:
    """The heaviest cue of a sentence; `intent` is None and `weight` 0 without any."""

    intent: Intent | None
    weight: float


def cue_of(sentence: str) -> Cued:
    """The heaviest cue in one masked sentence, politeness aside unless it is nothing else."""
    core = without_politeness(sentence) or sentence
    best = Cued(None, 0.0)
    has_subject = "TOPIC" in core or "SUMMIT" in core
    for intent, cues in _CUES.items():
        for cue in cues:
            counts = cue.weight > best.weight and (has_subject or cue.weight >= _NEEDS_SUBJECT)
            if counts and cue.found_in(core):
                best = Cued(intent, cue.weight)
    return best


def cue_of_all(sentences: Sequence[str]) -> Cued:
    """The heaviest cue of several sentences, the earlier of two as heavy; greetings come last."""
    asking = [sentence for sentence in sentences if without_politeness(sentence)]
    cues = [cue_of(sentence) for sentence in asking or sentences]
    return max(cues, key=lambda cue: cue.weight, default=Cued(None, 0.0))


def without_cue(sentences: Sequence[str]) -> Intent | None:
    """What names alone ask for: a commitment its status, with a time or an outlet its evidence.

    None when there are no names either.
    """
    text = " . ".join(core for sentence in sentences if (core := without_politeness(sentence)))
    named = "TOPIC" in text or "SUMMIT" in text
    if "OUTLET" in text or (named and "DATE" in text):
        return Intent.EVIDENCE
    if named:
        return Intent.STATUS
    return Intent.CHANGES if _ONLY_A_TIME.fullmatch(text) else None
