"""Polling: what to do with the feeds that are due, and when each is due next."""
