"""Sizes and ranges as people write and read them."""

import argparse
import re

from edge.protocol.bundle.form import Span
from edge.protocol.bundle.receipt import Missing

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}
LANES = ("signals", "raw events")


def parse_size(text: str) -> int:
    """Return the bytes that *text* says, such as ``700M``."""
    found = re.fullmatch(r"(\d+)([KMG]?)(?:i?B)?", text.strip().upper())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 700M or 1G")
    return int(found[1]) * _UNITS[found[2]]


def span_words(span: Span) -> str:
    """Return what a file holds of one lane."""
    return f"lane {span.lane} ({LANES[span.lane]}): {span.lo} to {span.hi}, epoch {span.epoch:x}"


def missing_words(one: Missing) -> str:
    """Return what is missing, and where it is."""
    where = f"file {one.no} of export {one.run}" if one.no else "in no file that came or is known"
    return f"lane {one.lane} ({LANES[one.lane]}): {one.lo} to {one.hi}, {where}"
