"""From an admin's feed list to entries as values: reading lists, fetching, parsing, polling.

    feeds.yaml, commitments.yaml, OPML  ->  FeedList, Pack        (feed_file, pack_file)
    Feed  ->  Fetched | NotModified | FetchError                  (guard, transport, fetch)
    bytes ->  ParsedFeed with Entry values                        (parse, json_feed, parser_pool)
    due feeds  ->  PollReport, each result handed to a recorder   (poll, schedule)

Everything that comes out of a document is bounded and plain text; nothing here stores anything.
"""
