"""
Where the hub keeps what it knows; one folder per seam.

``analytics`` events and projections (a DuckDB file) · ``records`` what people decided
and what was shown (an SQLite file).
"""
