"""features: sound in, one feature window a tick out."""
