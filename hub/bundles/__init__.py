"""
Bundles at the hub: what edges without a line carry here, and the receipts that go back.

``desk`` takes a file in, whole or not at all · ``ledger`` which files came and what is
missing · ``receipts`` the hub's answer · ``watch`` the thread that takes what is handed
over · ``command`` ``flowback bundle``.
"""
