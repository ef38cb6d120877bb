"""Sound as arrays: decoded, resampled, levelled, and cut into chunks for ear and features."""
