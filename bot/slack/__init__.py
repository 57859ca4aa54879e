"""Plain answers to Block Kit, and the one gateway that calls Slack's Web API.

`mrkdwn` makes foreign text safe, `message` counts and splits, and each `render_*` file turns one
kind of answer into messages or a view. Nothing here asks storage or the network for anything.
"""
