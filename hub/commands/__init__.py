"""Commands of the hub beside `flowback hub` itself."""
