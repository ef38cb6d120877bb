"""The command `ringtalk` and what only it needs: commands, progress bars, tables."""
