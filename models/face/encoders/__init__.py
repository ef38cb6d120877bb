"""Encoders of sound that face engines share, and the sliding window that feeds them."""
