"""
Files that people carry between an edge and its hub: what an end without a line does.

``files`` a file written whole or not at all · ``export`` an edge's entries into files ·
``receipts`` the hub's answer, at the edge · ``inspect`` what anybody can tell of a file ·
``spool`` a file handed to the process that runs · ``progress`` how far it is.

The bytes of a file are ``edge.protocol.bundle``'s.
"""
