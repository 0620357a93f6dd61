"""Consent, throttle and regional rules: one decision with its reason; pure."""
