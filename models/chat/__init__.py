"""Thinking: an LLM that is asked over the network, and its answer as sentences to speak."""
