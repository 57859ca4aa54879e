"""Feed lists, how fetching each feed fares, and what admins should know of feeds."""
