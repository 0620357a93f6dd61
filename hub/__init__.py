"""The hub: gathers edges, thinks, answers. See hub/README.md."""
