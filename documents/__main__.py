"""Command line of the documents: ``python -m documents schema``."""

import argparse
import json
import sys

from documents.schema import fact_file_schema


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; 2 for a command that cannot be understood."""
    parser = argparse.ArgumentParser(prog="python -m documents", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("schema", help="print the JSON Schema of a fact file, for editors")
    parser.parse_args(arguments)
    sys.stdout.write(json.dumps(fact_file_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
