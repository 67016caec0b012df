"""The command line of the library: siffra predict|export|publish|space|static."""

import argparse
import signal
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

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
    revision = argparse.ArgumentParser(add_help=False)
    revision.add_argument("--revision", help="commit, tag or branch of the model; default: main")
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", default=default_model(), help=MODEL_HELP)

    predict = commands.add_parser(
        "predict",
        parents=[model, revision],
        help="read images: print the answers, or write a table",
    )
    predict.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="images, folders of images, quoted patterns such as 'scans/**/*.png', .npz files "
        "with arrays (n, H, W), or .parquet files with a column of images",
    )
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

    export = commands.add_parser(
        "export", parents=[model, revision], help="write the static page, which runs in a browser"
    )
    export.add_argument("folder", type=Path, metavar="DIR", help="created if it does not exist")
    export.set_defaults(run=run_export)

    publish = commands.add_parser("publish", help="upload a model folder to the Hub")
    publish.add_argument("folder", metavar="FOLDER", help="such as model")
    publish.add_argument("repo", metavar="USER/REPO", help="created if it does not exist")
    publish.add_argument("--private", action="store_true", help="only for a new repository")
    sign = "private key (PEM); needs the package model-signing"
    publish.add_argument("--sign", type=Path, metavar="KEY", help=sign)
    publish.set_defaults(run=run_publish)

    space = commands.add_parser(
        "space", parents=[revision], help="create or update a Space that runs the app"
    )
    space.add_argument("space", metavar="USER/NAME", help="created if it does not exist")
    space.add_argument("--model", required=True, metavar="USER/REPO", help="a published model")
    space.add_argument(
        "--hardware", help="of a new Space, such as zero-a10g; default: cpu-basic, which needs PRO"
    )
    space.set_defaults(run=run_space)

    static = commands.add_parser(
        "static", parents=[model, revision], help="create or update a Space with the static page"
    )
    static.add_argument("space", metavar="USER/NAME", help="created if it does not exist")
    static.set_defaults(run=run_static)
    return parser.parse_args(argv)


def run_predict(
    model: str,
    paths: list[str],
    output: Path | None,
    scheduler: str | None,
    decimal_comma: bool,
    **options: Any,
) -> None:
    """Read images and print what they show, or write a table and say where it is."""
    if output is not None:
        total, n_errors = predict_files(
            model, paths, output, scheduler=scheduler, decimal_comma=decimal_comma, **options
        )
        errors = f", {n_errors:,} of them with an error" if n_errors else ""
        say(f"{total:,} images{errors}: {output}")
    elif scheduler or decimal_comma:
        raise ParameterError("--scheduler and --decimal-comma need --output FILE.")
    else:
        total, n_errors = print_answers(model, paths, **options)
    if total == 0:
        raise DataError(f"Got {', '.join(paths)}, but there are no images.")
    if n_errors == total:
        raise DataError(f"None of the {total:,} images could be read.")


def print_answers(model: str, paths: list[str], **options: Any) -> tuple[int, int]:
    """Print the answer for one image, or a line for each of several; return as `predict_files`."""
    is_one_file = len(paths) == 1 and Path(paths[0]).is_file()
    total = n_errors = 0
    for name, (label, unsure, guess, *_, error) in read_files(model, paths, **options):
        total += 1
        answer = f"unsure, perhaps {guess}" if unsure else label
        if error is None:
            say(f"{answer}" if is_one_file else f"{name}: {answer}")
        else:
            n_errors += 1
            print(printable(f"{name}: {error}"), file=sys.stderr, flush=True)
    return total, n_errors


def run_export(folder: Path, model: str, revision: str | None) -> None:
    """Write the static page and say where it is."""
    size = export_page(folder, DigitReader.from_pretrained(model, revision))
    say(f"Exported: {folder / 'index.html'} (model: {size / 1e6:.1f} MB)")


def run_publish(folder: str, repo: str, private: bool, sign: Path | None) -> None:
    """Upload a model folder and say where it is."""
    say(f"Checking {folder} and uploading it to {repo} ...")
    say(f"Published: {push_model(folder, repo, private=private, sign=sign).commit_url}")


def run_space(space: str, model: str, revision: str | None, hardware: str | None) -> None:
    """Upload the app and say where it is."""
    say(f"Uploading the app to {space} with {model} ...")
    say(f"Published: {push_space(space, model, revision, hardware=hardware).commit_url}")


def run_static(space: str, model: str, revision: str | None) -> None:
    """Upload the static page and say where it is."""
    say(f"Uploading the static page to {space} ...")
    commit = push_static(space, DigitReader.from_pretrained(model, revision))
    say(f"Published: {commit.commit_url}")


def say(line: str) -> None:
    """Print a line that may contain paths and addresses."""
    print(printable(line), flush=True)


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = vars(parse_arguments(argv))
    run_command = arguments.pop("run")
    try:
        run_command(**arguments)
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
