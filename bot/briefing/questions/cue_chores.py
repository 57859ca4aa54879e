"""Cues for what is not a question about a commitment: the bot itself, feeds, digests."""

from bot.briefing.questions.cue import Cue, Cues
from bot.briefing.questions.question import Intent

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
