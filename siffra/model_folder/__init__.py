"""The model folder: configuration, files, trusted types, limits and checks."""
