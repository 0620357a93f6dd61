"""What a visitor chose: recorded with the events, in the same commits."""
