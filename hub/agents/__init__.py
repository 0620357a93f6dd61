"""Workers on topics: events in, events out."""
