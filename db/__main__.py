"""Command line of the database: ``python -m db upgrade | check | revise | seed | verify``."""

import argparse
import asyncio
import os
import sys

from sqlalchemy.exc import SQLAlchemyError

from db.audit import verify
from db.drafts import Drafts
from db.migrate import SchemaDiffers, check, revise, upgrade
from db.seed import SeedingRefused, seed, seed_project
from db.session import create_engine, create_sessions


async def _seed(database_url: str, project: str | None, *, production: bool) -> str:
    engine = create_engine(database_url)
    try:
        sessions = create_sessions(engine)
        done = f"{await seed(sessions, production=production)} sample people added."
        if project and await seed_project(sessions, project, production=production):
            done += f" Sample project {project} added."
        return done
    finally:
        await engine.dispose()


class LogBroken(RuntimeError):
    """The audit log is not what was written; says where it breaks first."""


async def _verify(database_url: str) -> str:
    engine = create_engine(database_url)
    try:
        sessions = create_sessions(engine)
        verdict, altered = await verify(sessions), await Drafts(sessions).altered()
    finally:
        await engine.dispose()
    broken = [f"Broken: {found}" for found in verdict.breaks]
    broken += [f"Altered: record of draft {key} is not what was written" for key in altered]
    if broken:
        raise LogBroken("\n".join(broken))
    heads = [f"{head.chain} {head.entries} {head.sha256}" for head in verdict.heads]
    chains = len(verdict.heads)
    return "\n".join([*heads, f"{verdict.entries} entries in {chains} chains are unbroken."])


def _database_url() -> str:
    url = os.environ.get("DATABASE_URL", "")
    for scheme in ("postgresql+asyncpg://", "postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    raise SystemExit("Set DATABASE_URL to postgresql://user:password@host:port/database")


def main(arguments: list[str]) -> int:
    """Run one subcommand on the database at DATABASE_URL and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m db", description="Works on the database that DATABASE_URL names."
    )
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("upgrade", help="apply the migrations that are missing")
    actions.add_parser("check", help="upgrade, then compare the tables with the models")
    revision = actions.add_parser("revise", help="write a migration for what the models changed")
    revision.add_argument("message", help="what changes, as a short sentence")
    seeding = actions.add_parser(
        "seed", help="add the sample people; refused when ENVIRONMENT=production"
    )
    seeding.add_argument("--project", help="also add this sample project, for example alms")
    actions.add_parser(
        "verify",
        help="recompute the audit log's chains and the records of drafts; prints chain, entries "
        "and hash of each, or names what is broken and fails",
    )
    chosen = parser.parse_args(arguments)
    url = _database_url()
    try:
        match chosen.action:
            case "upgrade":
                upgrade(url)
                done = "The database is up to date."
            case "check":
                check(url)
                done = "The tables are those of the models."
            case "revise":
                revise(url, chosen.message)
                done = "Read and complete the new file in db/migrations/versions."
            case "verify":
                done = asyncio.run(_verify(url))
            case _:
                production = os.environ.get("ENVIRONMENT", "local").lower() == "production"
                done = asyncio.run(_seed(url, chosen.project, production=production))
    except (SchemaDiffers, SeedingRefused, LogBroken, SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
