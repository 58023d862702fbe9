"""`make demo`: an ordinary client that takes a sample project through all three phases."""
