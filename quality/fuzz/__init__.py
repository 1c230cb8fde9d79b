"""Bad requests by the hundred thousand, made out of our own OpenAPI document. `make fuzz`."""
