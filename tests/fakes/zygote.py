"""Begins `brinkwatch` again and again in processes whose imports are done: forks one at each byte on standard input.

For each it prints its process id, and how it ended as soon as it has. The arguments are those of `brinkwatch`.
"""

import os
import sys

import sqlalchemy.dialects.sqlite
import transformers

import brinkwatch.app
import brinkwatch.cli.run
import brinkwatch.signals.onnx
from brinkwatch.cli.main import main

IMPORTED = (sqlalchemy.dialects.sqlite, transformers, brinkwatch.app, brinkwatch.cli.run, brinkwatch.signals.onnx)


def live() -> None:
    """What a forked process does: it is `brinkwatch`, with its output on standard error."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        sys.argv = ["brinkwatch", *sys.argv[1:]]
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    print("ready", flush=True)
    while os.read(0, 1):
        child = os.fork()
        if child == 0:
            live()
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
