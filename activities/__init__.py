"""What workflows ask the world to do: one class per kind of effect."""
