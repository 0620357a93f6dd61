"""
Bundles: what the link carries, as files that people carry (edge-and-link.md, 4.7).

``form`` what a file says of itself · ``writing`` and ``reading`` its bytes ·
``records`` the link's frames in it · ``receipt`` the hub's answer.

A file is ``magic · manifest · sealed records · end mark · trailer``. The records are
sealed to the receiver (a random key by libsodium's sealed box, the records by its
secretstream), and all of it is signed outside by the sender (Ed25519), so that anybody
can tell whether a file is whole and whose it is, and the receiver alone what it says.
"""
