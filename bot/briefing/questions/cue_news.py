"""Cues for where commitments stand and what was reported on them."""

from bot.briefing.questions.cue import Cue, Cues
from bot.briefing.questions.question import Intent

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
