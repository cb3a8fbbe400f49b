"""A stack: its name, region, secret, and deployment parameters."""

import json
import os
import shutil
import subprocess

import boto3
import yaml
from botocore.exceptions import ClientError

from . import ROOT, Failure

TEMPLATE = ROOT / "cf_stack.yml"


class Stack:
    """A stack of stacks.yml, deployed on AWS."""

    def __init__(self, name):
        """Refuses a name that is not in the stack file before calling AWS."""
        self.name = name
        self.cloudformation_name = f"capi-{name}"
        self.region = rendered(name)["REGION"]
        self.session = boto3.Session(region_name=self.region)

    def client(self, service):
        return self.session.client(service)

    def parameters(self):
        """The template parameters that this stack has values for.

        A key in the secret takes precedence if the template has a parameter of that name; the stack file comes next.
        `capi config render` translates what the server reads under another name.
        """
        declared = declared_parameters()
        secret = self.secret()
        values = rendered(self.name, secret)
        for name in values:
            if name not in declared:
                raise Failure(f"The deployment of the stack {self.name} sets {name}, which cf_stack.yml does not know.")
        values |= {name: value for name, value in secret.items() if name in declared and value.strip()}
        if values["REGION"] != self.region:
            raise Failure(
                f"The secret {self.secret_name} says REGION {values['REGION']}, but the stack is in {self.region}."
            )
        return values

    @property
    def secret_name(self):
        return f"capi-{self.name}"

    def secret(self):
        """The secret as a map of strings. Its values are never printed."""
        try:
            answer = self.client("secretsmanager").get_secret_value(SecretId=self.secret_name)
        except ClientError as error:
            reason = error.response["Error"]["Message"]
            raise Failure(f"The secret {self.secret_name} cannot be read in {self.region}: {reason}") from None
        try:
            values = json.loads(answer.get("SecretString", ""))
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise Failure(f"The secret {self.secret_name} is not a JSON object.")
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def rendered(name, secret=None):
    """The output of `capi config render` for a stack."""
    command = [*program(), "config", "render", name, "--as", "cloudformation"]
    if secret is not None:
        command.append("--secret")
    environment = {"CAPI_STACKS_FILE": str(ROOT / "stacks.yml"), **os.environ}
    answer = subprocess.run(
        command, input=json.dumps(secret), env=environment, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise Failure(answer.stderr.strip())
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in json.loads(answer.stdout)}


def program():
    """The command for `capi`: the one in PATH, or the checkout's, built by cargo."""
    if shutil.which("capi"):
        return ["capi"]
    if shutil.which("cargo"):
        return ["cargo", "run", "--quiet", "--locked", "--manifest-path", str(ROOT / "Cargo.toml"), "--"]
    raise Failure("The program capi is missing: put it into PATH, or put cargo there to build it.")


def declared_parameters():
    """The template's parameters by name, with their properties."""
    return yaml.load(TEMPLATE.read_text(), Loader=TemplateLoader)["Parameters"]


class TemplateLoader(yaml.SafeLoader):
    """Reads a template without its functions, which parameters do not use."""


TemplateLoader.add_multi_constructor("!", lambda loader, tag, node: None)
