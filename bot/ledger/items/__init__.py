"""Items: recording what feeds published, queueing it for the matcher, searching it."""
