"""Avatars made from clips and photos: boxes, masks, loops, idle motion, contact sheets."""
