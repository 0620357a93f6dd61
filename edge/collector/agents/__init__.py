"""What happens to a batch within its commit: duplicates, consent, detection, policy."""
