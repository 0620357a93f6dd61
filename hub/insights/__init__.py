"""
How what disclosure shows becomes insights: the parts of the insight agent.

``memory`` groups of comments that keep their ids · ``findings`` places that hurt ·
``themes`` groups of comments · ``draft`` words of either, with all that explains them.
"""
