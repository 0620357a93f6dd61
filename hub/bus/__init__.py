"""
Topics: what agents hear and say, in process by default.

``messages`` what travels · ``bus`` the small interface and its in-process form.
"""
