"""The violence classifier: what a text describes, how graphically, and whether it incites."""
