"""Juno: a young woman with wavy hair in a denim jacket."""
