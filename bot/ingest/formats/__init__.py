"""Formats: from the bytes of a document to clean, bounded entries."""
