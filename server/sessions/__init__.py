"""Sessions in the supervisor: their life, what they say, what they tell, their rings."""
