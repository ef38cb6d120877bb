"""Small programs that use the server, one for each way in: `python -m examples.NAME --help`."""
