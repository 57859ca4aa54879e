"""From feeds to entries as values: fetching, parsing, polling, and finding a site's feeds.

    Feed  ->  Fetched | NotModified | FetchError       (http)
    bytes ->  ParsedFeed with Entry values             (formats)
    due feeds  ->  a FeedUpdate each, then recorded    (poll)

All that comes out of a document is bounded and plain text; nothing here stores anything.
"""
