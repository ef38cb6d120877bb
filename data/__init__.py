"""What is read and kept: the shared units, prepared avatars, the built-in one."""
