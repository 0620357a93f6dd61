"""The verbs of ``flowback bundle``, one a file."""
