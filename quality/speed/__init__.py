"""How soon callers are answered, measured against a whole running installation."""
