"""The HTTP API: what a request may be, what is answered, and the document of both."""
