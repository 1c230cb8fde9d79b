"""How right the violence classifier is: by axis, type, word and article, beside baselines, also in disguise."""
