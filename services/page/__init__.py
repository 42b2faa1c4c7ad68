"""The article in a web page. Pure: no network; both services use it."""
