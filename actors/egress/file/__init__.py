"""Ticks into a file: MP4, or an animated WebP."""
