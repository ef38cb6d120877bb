"""A headless WebRTC client that measures at its receiver; it speaks LiveTalking's routes."""
