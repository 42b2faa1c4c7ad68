"""How the shipped models are trained and measured; nothing in services imports it."""
