"""Ultralight-Digital-Human: a small U-Net of one person, driven by HuBERT features."""
