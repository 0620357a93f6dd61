"""Detectors: raw signals in, normalized signals out; pure, in event time."""
