"""Which way an item points: toward a commitment, away from it, or neither."""
