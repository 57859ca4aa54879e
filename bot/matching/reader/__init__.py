"""The pair reader: a small net that reads a commitment and an item together."""
