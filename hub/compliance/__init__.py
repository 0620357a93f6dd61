"""
The report for an auditor who has nothing else: rules, consent, retention, erasures, keys
and the head of the audit chain, in one file that the hub signs.
"""
