"""Programs that measure. Nothing in services imports them."""
