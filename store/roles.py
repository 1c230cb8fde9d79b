"""What a person may do in the dashboard follows from the role, and from nothing else."""

from collections.abc import Mapping

PERMISSIONS: Mapping[str, str] = {
    "read": "See articles, what was found in them, and organisations.",
    "decide": "Decide on articles.",
    "close_escalated": "Close an article that was handed to somebody senior.",
    "see_suggestions": "See what callers say that scores should have been.",
    "decide_in_bulk": "Decide on many articles at once.",
    "rule_appeals": "See appeals and rule on them.",
    "see_policy": "See the policy and its history, and try another one.",
    "manage_policy": "Put another policy in force.",
    "see_deliveries": "See endpoints, what was sent to them, and what could not be.",
    "manage_endpoints": "Add, change and delete endpoints; send again.",
    "see_keys": "See API keys, what they may and when they were used; never a secret.",
    "manage_keys": "Make, change, rotate and revoke API keys.",
    "see_audit": "Read and export the audit log.",
    "see_figures": "See the figures, and take them away as a file.",
    "see_system": "See how the installation is: workers, queues, versions, sizes.",
    "see_people": "See who may sign in, and with which role.",
    "manage_people": "Add people, give them another role, switch them off, take off a second factor.",
}
_OF_ROLE: Mapping[str, frozenset[str]] = {
    "moderator": frozenset({"read", "decide"}),
    "lead": frozenset(
        {
            "read",
            "decide",
            "close_escalated",
            "see_suggestions",
            "decide_in_bulk",
            "rule_appeals",
            "see_policy",
            "see_deliveries",
            "see_figures",
        }
    ),
    "admin": frozenset(PERMISSIONS),
    "auditor": frozenset(
        {
            "read",
            "see_suggestions",
            "see_policy",
            "see_deliveries",
            "see_keys",
            "see_audit",
            "see_figures",
            "see_system",
            "see_people",
        }
    ),  # reads everything and changes nothing
}
ROLES = tuple(_OF_ROLE)


def is_allowed(role: str, permission: str) -> bool:
    """False for a role that this version does not know; ValueError on an unknown permission."""
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission!r}")
    return permission in _OF_ROLE.get(role, frozenset())
