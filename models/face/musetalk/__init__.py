"""MuseTalk: a latent inpainting face engine driven by Whisper's hidden states."""
