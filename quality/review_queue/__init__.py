"""How long pages of the review queue take among many articles."""
