"""What holds for every test."""

from hypothesis import settings

# Speed is measured by `make bench`: a busy machine must not fail a test of facts.
settings.register_profile("facts", deadline=None)
settings.load_profile("facts")
