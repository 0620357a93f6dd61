"""What may be shown: the only way from the stores to an answer."""
