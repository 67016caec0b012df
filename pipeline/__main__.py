"""The command line of the library: python -m pipeline publish|space."""

import argparse
import sys

from .exceptions import SiffraError
from .publish import push_model, push_space


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m pipeline")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    publish = commands.add_parser("publish", help="upload a model folder to the Hub")
    publish.add_argument("folder", metavar="FOLDER", help="such as model")
    publish.add_argument("repo", metavar="USER/REPO", help="created if it does not exist")
    publish.add_argument("--private", action="store_true", help="for a new repository only")
    publish.set_defaults(run=publish_model)

    space = commands.add_parser("space", help="create or update a Space that runs the app")
    space.add_argument("space", metavar="USER/NAME", help="created if it does not exist")
    space.add_argument("--model", required=True, metavar="USER/REPO", help="a published model")
    space.add_argument("--revision", help="commit, tag or branch of the model; default: main")
    space.add_argument(
        "--hardware", help="of a new Space, such as zero-a10g; default: cpu-basic, which needs PRO"
    )
    space.set_defaults(run=publish_space)
    return parser.parse_args(argv)


def publish_model(arguments: argparse.Namespace) -> None:
    """Upload a model folder and say where it is."""
    print(f"Checking {arguments.folder} and uploading it to {arguments.repo} ...", flush=True)
    commit = push_model(arguments.folder, arguments.repo, private=arguments.private)
    print(f"Published: {commit.commit_url}")


def publish_space(arguments: argparse.Namespace) -> None:
    """Upload the app and say where it is."""
    print(f"Uploading the app to {arguments.space}, with {arguments.model} ...", flush=True)
    commit = push_space(
        arguments.space, arguments.model, arguments.revision, hardware=arguments.hardware
    )
    print(f"Published: {commit.commit_url}")


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = parse_arguments(argv)
    try:
        arguments.run(arguments)
    except SiffraError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
