"""How right the source-bias classifier is, with frozen results."""
