"""Who reviewed, for the world outside: the same person is always the same, and nobody can tell who it is."""

from hashlib import sha256

_USER = "usr_"


def pseudonym(reviewer: str) -> str:
    """``rev_…`` for a user's id, which holds 64 random bits and so is not guessed; an API key's stays as it is."""
    if not reviewer.startswith(_USER):
        return reviewer
    return f"rev_{sha256(f'reviewer {reviewer}'.encode()).hexdigest()[:32]}"
