"""Plain answers as Block Kit, and Slack's Web API; only `api` waits for the network."""
