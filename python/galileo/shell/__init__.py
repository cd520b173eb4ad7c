"""The interactive shell and its objects."""
