"""From sound to faces: features, engines, and the avatars that they prepare."""
