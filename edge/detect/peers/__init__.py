"""
Other products' definitions, one file each, so that a team can move over without a
break in its charts. Their known quirks are part of the definition and are named.

``common`` holds what several of them share. The facts come from the products'
public sources; no code of theirs is here.
"""
