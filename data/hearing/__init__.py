"""The networks that hear whether somebody speaks, and has finished, with their licences."""
