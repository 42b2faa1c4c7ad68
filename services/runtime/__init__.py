"""The shell that both services share: settings, logs, metrics, health, topics, start and stop."""
