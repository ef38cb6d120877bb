"""Where a person is in a picture: the network, and what it shows."""
