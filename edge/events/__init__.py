"""
The seven event types and their codecs: the one schema of Flowback.

``raw`` what a widget reports · ``event`` the seven types · ``wire`` what a browser
sends and is answered · ``entry`` what one commit wrote · ``codec`` bytes and back ·
``typescript`` the same types for widget and dashboard.
"""
