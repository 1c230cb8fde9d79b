"""Readers: one module per family of sets, each turning rows of a set into texts with masked labels."""
