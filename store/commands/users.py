"""People from the command line."""

import argparse
import getpass
import sys

from sqlalchemy.orm import Session

from store import audit, roles, second_factor, users
from store.commands import say
from store.database import Database
from store.tables import UserRow


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add_user = commands.add_parser("add-user", help="add a person; asks for the password")
    add_user.add_argument("name")
    add_user.add_argument("--role", choices=roles.ROLES, default="moderator")
    add_user.set_defaults(run=_add_user)
    commands.add_parser("list-users", help="people, their roles, and who has a second factor").set_defaults(
        run=_list_users
    )
    set_role = commands.add_parser("set-role", help="give a person another role")
    set_role.add_argument("name")
    set_role.add_argument("role", choices=roles.ROLES)
    set_role.set_defaults(run=_set_role)
    set_password = commands.add_parser("set-password", help="give a person another password; asks for it")
    set_password.add_argument("name")
    set_password.add_argument("--one-time", action="store_true", help="good for one sign-in, to choose another")
    set_password.set_defaults(run=_set_password)
    for name, run, meaning in (
        ("disable-user", _disable, "end a person's sign-ins and let them in no more"),
        ("enable-user", _enable, "let them in again"),
        ("reset-second-factor", _reset_second_factor, "let a person in who lost their second factor"),
    ):
        command = commands.add_parser(name, help=meaning)
        command.add_argument("name")
        command.set_defaults(run=run)


def _add_user(database: Database, options: argparse.Namespace) -> int:
    password = _ask_password(options.name)
    with database.writing() as session:
        if users.find_user(session, options.name) is not None:
            raise ValueError(f"there is already a user {options.name}")
        users.add_user(session, options.name, password, role=options.role, actor=audit.CLI)
    return 0


def _ask_password(name: str) -> str:
    return getpass.getpass(f"Password for {name}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()


def _find(session: Session, name: str) -> UserRow:
    user = users.find_user(session, name)
    if user is None:
        raise ValueError(f"there is no user {name}")
    return user


def _list_users(database: Database, _options: argparse.Namespace) -> int:
    with database.reading() as session:
        for user in users.list_users(session):
            state = "off" if user.disabled_at else "one-time password" if user.is_password_one_time else "live"
            factor = "second factor" if user.totp_secret else "password only"
            say(f"{user.id}  {user.role}  {state}  {factor}  {user.name}")
    return 0


def _set_role(database: Database, options: argparse.Namespace) -> int:
    with database.writing() as session:
        users.set_role(session, _find(session, options.name), options.role, actor=audit.CLI)
    return 0


def _set_password(database: Database, options: argparse.Namespace) -> int:
    password = _ask_password(options.name)
    with database.writing() as session:
        user = _find(session, options.name)
        users.set_password(session, user, password, is_one_time=options.one_time, actor=audit.CLI)
    return 0


def _disable(database: Database, options: argparse.Namespace) -> int:
    with database.writing() as session:
        users.disable(session, _find(session, options.name), actor=audit.CLI)
    return 0


def _enable(database: Database, options: argparse.Namespace) -> int:
    with database.writing() as session:
        users.enable(session, _find(session, options.name), actor=audit.CLI)
    return 0


def _reset_second_factor(database: Database, options: argparse.Namespace) -> int:
    with database.writing() as session:
        second_factor.disable(session, _find(session, options.name), actor=audit.CLI)
    return 0
