"""Cues for what no bot of this kind can answer: edits of the record, predictions, opinions."""

from bot.briefing.questions.cue import Cue, Cues
from bot.briefing.questions.question import Intent

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
