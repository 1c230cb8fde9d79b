"""The JSON API of /v1, and the routes for those who run the service."""
