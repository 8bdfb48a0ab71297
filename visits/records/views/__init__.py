"""Pages of records: visiting and signing."""
