"""Claimwire: news articles in, who said what out, on Kafka."""
