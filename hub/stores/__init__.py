"""Where the hub keeps what it knows; one folder per seam."""
