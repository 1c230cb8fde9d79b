"""Remembers: settings, tables, outbox, queue names. The database is the truth; Redis is a wake-up."""
