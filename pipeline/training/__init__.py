"""What trains the model: may import the rest of the package, never the reverse."""
