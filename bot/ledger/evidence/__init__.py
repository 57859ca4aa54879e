"""Evidence: filing matches, reading them, and reviews by people."""
