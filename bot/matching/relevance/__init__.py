"""Which commitments an item bears on: measured pairs and their scores."""
