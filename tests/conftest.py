"""What holds for every test."""

import os

from hypothesis import settings

# Speed is measured by `make bench`: a busy machine must not fail a test of facts.
settings.register_profile("facts", deadline=None)
# What judges a commit says the same of it each time; by hand each run looks elsewhere.
settings.register_profile("same", settings.get_profile("facts"), derandomize=True)
settings.load_profile("same" if os.environ.get("CI") == "true" else "facts")
