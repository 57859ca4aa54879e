"""The files that people write: feeds.yaml, commitments.yaml and OPML."""
