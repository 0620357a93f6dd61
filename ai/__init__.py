"""Clusters and words, with a language model or without; decides nothing."""
