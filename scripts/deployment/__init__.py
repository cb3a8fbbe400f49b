"""What scripts/provision, scripts/deploy.sh and scripts/restart_service have in common.

`stack` knows what a stack is called and configured with, `existing` what of it is there already, `cloudformation` and
`service` change it and wait until that is done, `image` builds and pushes the server's image. Whatever goes wrong is a
`Failure`, which is told in one sentence.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".dev" / "python"


class Failure(Exception):
    """Why the command cannot go on, as a sentence."""


def say(sentence):
    print(sentence, flush=True)


def main(command, description, **options):
    """Runs `command` with the stack that the command line names and its options, in the Python environment that has
    what it needs. `options` maps the names of options to what they are for; their values are numbers.

    Exit codes: 0 done, 1 failed, with the reason on the standard error output, 2 wrong usage.
    """
    arguments = parse(description, options)
    enter_environment()
    from botocore.exceptions import BotoCoreError, ClientError

    from .stack import Stack

    try:
        command(Stack(arguments.pop("stack")), **arguments)
    except Failure as failure:
        sys.exit(str(failure))
    except ClientError as error:
        sys.exit(f"AWS refused {error.operation_name}: {error.response['Error']['Message']}")
    except BotoCoreError as error:
        sys.exit(f"AWS cannot be asked: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted. What AWS was told to do goes on.")


def parse(description, options):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("stack", help="the name of a stack of stacks.yml")
    for name, (default, purpose) in options.items():
        parser.add_argument(f"--{name}", type=float, default=default, help=f"{purpose} (default: {default})")
    return vars(parser.parse_args())


def enter_environment():
    """Goes on in the Python of the checkout, which scripts/install-dev-tools fills. It is installed if it is missing."""
    python = ENVIRONMENT / "bin" / "python"
    if python.exists() and ENVIRONMENT.samefile(sys.prefix):
        return
    if not python.exists():
        installed = subprocess.run([ROOT / "scripts" / "install-dev-tools"], stdout=sys.stderr, check=False)
        if installed.returncode != 0 or not python.exists():
            sys.exit("The AWS library for Python is needed: scripts/install-dev-tools installs it, and could not.")
    os.execv(python, [python, "-B", *sys.argv])
