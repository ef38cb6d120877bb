"""How the built-in people are made: scripts for Blender, never imported by the running server."""
