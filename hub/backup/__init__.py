"""
Backups of a hub while it runs, and their way back.

``manifest`` what a backup says of itself · ``desk`` the running hub's part: a copy of the
analytics · ``make`` the command's part: all other files · ``restore`` the way back.
"""
