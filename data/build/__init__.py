"""What made the built-in faces: run by hand, imported by nothing that runs."""
