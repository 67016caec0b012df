"""The command line of the library: siffra predict|export|publish|space|static."""

import argparse
import signal
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .batch.predict import predict_files, read_files
from .escaping import printable
from .exceptions import DataError, ParameterError, SiffraError
from .export import export_page
from .hub.publish import push_model
from .hub.spaces import push_space, push_static
from .paths import MODEL
from .reader import DigitReader

MODEL_HELP = "folder or USER/REPO; default: the folder model, here or in the clone"


def default_model() -> str:
    """Return the folder of a model: of the current directory, or of the clone."""
    return "model" if Path("model").is_dir() or not MODEL.is_dir() else str(MODEL)


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="siffra", description="Read handwritten digits.")
    parser.add_argument("--version", action="version", version=f"siffra {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    predict = commands.add_parser(
        "predict", help="read images: print the answers, or write a table"
    )
    predict.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="images, folders of images, quoted patterns such as 'scans/**/*.png', .npz files "
        "with arrays (n, H, W), or .parquet files with a column of images",
    )
    predict.add_argument("--model", default=default_model(), help=MODEL_HELP)
    predict.add_argument("--revision", help="commit, tag or branch of the model; default: main")
    predict.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write a table into a new .csv or .parquet file, on all cores",
    )
    predict.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run on a dask cluster, such as tcp://10.0.0.1:8786, or local to start one here",
    )
    predict.add_argument(
        "--numbers", action="store_true", help="read whole numbers: text and confidence"
    )
    predict.add_argument(
        "--examples",
        type=Path,
        metavar="DIR",
        help="learn a hand from drawings in folders 0 to 9, or named like 4-mine.png",
    )
    predict.add_argument(
        "--decimal-comma",
        action="store_true",
        help="write 0,5 into the .csv file, as Swedish or German spreadsheets expect",
    )
    predict.set_defaults(run=run_predict)

    export = commands.add_parser("export", help="write the static page, which runs in a browser")
    export.add_argument("folder", type=Path, metavar="DIR", help="created if it does not exist")
    export.add_argument("--model", default=default_model(), help=MODEL_HELP)
    export.add_argument("--revision", help="commit, tag or branch of the model; default: main")
    export.set_defaults(run=run_export)

    publish = commands.add_parser("publish", help="upload a model folder to the Hub")
    publish.add_argument("folder", metavar="FOLDER", help="such as model")
    publish.add_argument("repo", metavar="USER/REPO", help="created if it does not exist")
    publish.add_argument("--private", action="store_true", help="only for a new repository")
    publish.add_argument(
        "--sign",
        type=Path,
        metavar="KEY",
        help="private key (PEM); needs the package model-signing",
    )
    publish.set_defaults(run=run_publish)

    space = commands.add_parser("space", help="create or update a Space that runs the app")
    space.add_argument("space", metavar="USER/NAME", help="created if it does not exist")
    space.add_argument("--model", required=True, metavar="USER/REPO", help="a published model")
    space.add_argument("--revision", help="commit, tag or branch of the model; default: main")
    space.add_argument(
        "--hardware", help="of a new Space, such as zero-a10g; default: cpu-basic, which needs PRO"
    )
    space.set_defaults(run=run_space)

    static = commands.add_parser("static", help="create or update a Space with the static page")
    static.add_argument("space", metavar="USER/NAME", help="created if it does not exist")
    static.add_argument("--model", default=default_model(), help=MODEL_HELP)
    static.add_argument("--revision", help="commit, tag or branch of the model; default: main")
    static.set_defaults(run=run_static)
    return parser.parse_args(argv)


def run_predict(arguments: argparse.Namespace) -> None:
    """Read images and print what they show, or write a table and say where it is."""
    if arguments.output is None:
        print_answers(arguments)
        return
    total, n_errors = predict_files(
        arguments.model,
        arguments.paths,
        arguments.output,
        arguments.revision,
        arguments.scheduler,
        arguments.numbers,
        arguments.examples,
        arguments.decimal_comma,
    )
    errors = f", {n_errors:,} of them with an error" if n_errors else ""
    say(f"{total:,} images{errors}: {arguments.output}")
    check_counts(arguments.paths, total, n_errors)


def print_answers(arguments: argparse.Namespace) -> None:
    """Print the answer for one image, or a line for each of several."""
    if arguments.scheduler or arguments.decimal_comma:
        raise ParameterError("--scheduler and --decimal-comma need --output FILE.")
    paths, options = arguments.paths, (arguments.revision, arguments.numbers, arguments.examples)
    is_one_file = len(paths) == 1 and Path(paths[0]).is_file()
    total = n_errors = 0
    for name, (label, unsure, guess, *_, error) in read_files(arguments.model, paths, *options):
        total += 1
        answer = f"unsure, perhaps {guess}" if unsure else label
        if error is None:
            say(f"{answer}" if is_one_file else f"{name}: {answer}")
        else:
            n_errors += 1
            print(printable(f"{name}: {error}"), file=sys.stderr, flush=True)
    check_counts(paths, total, n_errors)


def check_counts(paths: list[str], total: int, n_errors: int) -> None:
    """Raise a DataError unless at least one image could be read."""
    if total == 0:
        raise DataError(f"Got {', '.join(paths)}, but there are no images.")
    if n_errors == total:
        raise DataError(f"None of the {total:,} images could be read.")


def run_export(arguments: argparse.Namespace) -> None:
    """Write the static page and say where it is."""
    reader = DigitReader.from_pretrained(arguments.model, arguments.revision)
    size = export_page(arguments.folder, reader)
    say(f"Exported: {arguments.folder / 'index.html'} (model: {size / 1e6:.1f} MB)")


def run_publish(arguments: argparse.Namespace) -> None:
    """Upload a model folder and say where it is."""
    say(f"Checking {arguments.folder} and uploading it to {arguments.repo} ...")
    commit = push_model(
        arguments.folder, arguments.repo, private=arguments.private, sign=arguments.sign
    )
    say(f"Published: {commit.commit_url}")


def run_space(arguments: argparse.Namespace) -> None:
    """Upload the app and say where it is."""
    say(f"Uploading the app to {arguments.space} with {arguments.model} ...")
    commit = push_space(
        arguments.space, arguments.model, arguments.revision, hardware=arguments.hardware
    )
    say(f"Published: {commit.commit_url}")


def run_static(arguments: argparse.Namespace) -> None:
    """Upload the static page and say where it is."""
    say(f"Uploading the static page to {arguments.space} ...")
    reader = DigitReader.from_pretrained(arguments.model, arguments.revision)
    commit = push_static(arguments.space, reader)
    say(f"Published: {commit.commit_url}")


def say(line: str) -> None:
    """Print a line that may contain paths and addresses."""
    print(printable(line), flush=True)


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = parse_arguments(argv)
    try:
        arguments.run(arguments)
    except SiffraError as error:
        print(printable(f"Error: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. Rerun the command to resume.", file=sys.stderr)
        return 130
    return 0


def run() -> None:
    """Run the command line as a program."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl+C
    sys.exit(main())


def _version() -> str:
    """Return the version of the installed package, or of the clone that this file is part of."""
    try:
        return version("siffra")
    except PackageNotFoundError:
        project = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
        return str(tomllib.loads(project)["project"]["version"])


if __name__ == "__main__":
    run()
