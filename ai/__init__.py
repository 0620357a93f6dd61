"""
Clustering, labels and words: plain data in, plain data out. Knows neither hub nor edge.

``trend`` is a rate rising · ``rules`` which page is worth an insight, and its figures ·
``words`` those figures as sentences, each number of which stands among them.
"""
