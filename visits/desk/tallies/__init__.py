"""Numbers kept ready for the overviews: read where they are exact, counted live where something changed."""
