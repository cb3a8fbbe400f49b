"""Code shared by scripts/provision, scripts/deploy.sh and scripts/restart_service.

`stack` has a stack's name and configuration, and `existing` finds the resources that exist already. `cloudformation`
and `service` change a stack and wait for completion, and `image` builds and pushes the server's image. Every expected
error is a `Failure`, reported in one sentence.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".dev" / "python"


class Failure(Exception):
    """Why the command cannot continue, as a sentence."""


def say(sentence):
    print(sentence, flush=True)


def main(command, description, **options):
    """Runs `command` with the stack and options from the command line, in the Python environment that has its packages.
    `options` maps each option's name to its default and purpose; values are numbers.

    Exit codes: 0 for success, 1 for failure with the reason on standard error, 2 for wrong usage.
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
        sys.exit(f"AWS is unreachable: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted. AWS continues with what it was told to do.")


def parse(description, options):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("stack", help="the name of a stack in stacks.yml")
    for name, (default, purpose) in options.items():
        parser.add_argument(f"--{name}", type=float, default=default, help=f"{purpose} (default: {default})")
    return vars(parser.parse_args())


def enter_environment():
    """Continues in the checkout's Python environment. If it is missing, scripts/install-dev-tools installs it."""
    python = ENVIRONMENT / "bin" / "python"
    if python.exists() and ENVIRONMENT.samefile(sys.prefix):
        return
    if not python.exists():
        installed = subprocess.run([ROOT / "scripts" / "install-dev-tools"], stdout=sys.stderr, check=False)
        if installed.returncode != 0 or not python.exists():
            sys.exit("The AWS library for Python is missing, and scripts/install-dev-tools could not install it.")
    os.execv(python, [python, "-B", *sys.argv])
