"""Items: storing what fetches bring, finding items again, queueing them for the matcher."""
