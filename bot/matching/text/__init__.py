"""Words of a text, their vectors, and general knowledge about them."""
