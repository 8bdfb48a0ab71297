"""专项巡访 (四(二)-4, -5): made in a minute, fulfilled by any visit in its days, counted apart from the quarter."""
