"""Composing digests and answers."""
