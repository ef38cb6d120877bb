"""How the drawn built-in character is made: shapes and colours, numpy and OpenCV, nothing else."""
