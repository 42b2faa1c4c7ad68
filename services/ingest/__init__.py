"""The ingest service: everything by which articles come in and are put on the raw topic."""
