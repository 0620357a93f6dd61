"""The append-only SQLite log with cursors: the edge's outbox and the hub's inbox."""
