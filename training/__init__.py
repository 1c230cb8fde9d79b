"""Learns the weights that ``models/encoder.py`` runs, from labelled data. Never imported at run time."""
