"""`flowback demo`: the shop, its simulated visitors, and the supervisor of all."""
