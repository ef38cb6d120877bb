"""What the guide knows to say where there is no language model, in English and Chinese."""
