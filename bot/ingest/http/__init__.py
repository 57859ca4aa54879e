"""HTTP: fetching a document politely, within limits, from public addresses only."""
