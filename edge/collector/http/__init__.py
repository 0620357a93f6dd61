"""The HTTP face of the collector: one file per route, all routes in ``routes``."""
