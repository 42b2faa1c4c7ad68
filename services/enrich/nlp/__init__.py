"""The language work, pure: text in, values out. No file, clock, log, network or randomness.

What a function needs beyond its arguments (models, word lists) is loaded once by `services.enrich.resources`
and handed in. Steps are functions `(Document, Resources) -> value`; `services.enrich.steps` lists them in order.
"""
