"""Benchmarks of ringtalk in other people's agents."""
