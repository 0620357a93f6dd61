"""
Clustering, labels and words: plain data in, plain data out. Knows neither hub nor edge.

``vectors`` makes texts into vectors, level by level · ``clusters`` finds their groups,
keeps their ids and names them · ``trend`` is a rate rising · ``rules`` which page is worth
an insight, and its figures · ``words`` those figures as sentences · ``excess`` is
where trouble is more frequent than elsewhere · ``facts`` are numbers that
can be computed again · ``faithful`` says whether a summary is true to its evidence ·
``themes`` are the comments of a group as a summary · ``wording`` lets a model word one.
"""
