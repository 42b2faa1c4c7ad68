"""What crosses Kafka: topics, events, identity and their byte form. Imports only the standard library, pydantic and orjson."""
