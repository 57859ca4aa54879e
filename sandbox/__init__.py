"""A pretend Slack workspace and a pretend feed server on loopback, for the demo and the tests."""
