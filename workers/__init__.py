"""Do the slow work: read articles, send webhooks, bring lost work back."""
