"""The feed list in Slack. Tables say who may do what; that is checked wherever it is asked for."""
