"""
What may be shown: the only way from the stores to an answer (decision 12).

``threshold`` k of a project · ``cells`` which cells of a list are hidden, and why ·
``room`` the place where a scope is read, checked and kept · then one file per question.
``estimate`` turns what may be shown into scores with intervals: it sees nothing else.
"""
