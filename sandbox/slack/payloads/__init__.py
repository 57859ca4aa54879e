"""The payloads that Slack sends to an app, field by field as the documents list them."""
