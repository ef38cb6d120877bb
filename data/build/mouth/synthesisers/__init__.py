"""The synthesisers whose speech the mouth network learns from or is tested on."""
