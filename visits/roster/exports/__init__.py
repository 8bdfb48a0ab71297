"""Lists that leave the system: as Excel, and on paper."""
