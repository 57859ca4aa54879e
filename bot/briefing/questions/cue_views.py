"""Cues for particular views of commitments: side by side, in order, as judged, by silence."""

from bot.briefing.questions.cue import Cue, Cues
from bot.briefing.questions.question import Intent

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
