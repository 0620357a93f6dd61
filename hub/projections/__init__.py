"""Tables that answer one question each."""
