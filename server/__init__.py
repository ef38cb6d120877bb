"""The HTTP API, the page and the command line, in the supervisor's process."""
