"""Wav2Lip: a mouth from a mel spectrogram, painted into the lower half of a face."""
