"""The enrich worker: raw articles in, enriched articles, claims and dead letters out, exactly once."""
