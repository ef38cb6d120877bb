"""Avatar folders of other programs, read without running anything that lies in them."""
