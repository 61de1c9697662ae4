"""Comments on proposals and candidates, one reply deep, each with the answer it ended in."""
