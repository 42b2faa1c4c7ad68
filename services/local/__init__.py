"""Claimwire on one machine without containers: an embedded Kafka, the services as processes, the demonstration."""
