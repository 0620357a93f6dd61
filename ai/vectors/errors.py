"""What can go wrong when texts are made into vectors."""


class ModelUnusable(Exception):
    """A model folder or an embeddings endpoint cannot be used; says why and what to do."""
