"""Modals: their views, and what comes back from them, checked."""
