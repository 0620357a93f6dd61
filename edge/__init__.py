"""The edge: what a site or region runs to hear its visitors. See edge/README.md."""

VERSION = "0.1.0"
