"""Texts in, vectors out: their own statistics, a static table, a sentence encoder."""
