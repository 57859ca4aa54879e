"""A pretend Slack workspace and a pretend newsroom on loopback, for the demo and the tests."""
