"""Vectors in, groups out: the clustering, ids that stay, and labels."""
