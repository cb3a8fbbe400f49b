"""A stack: its name, region, secret, and the parameters of its deployment."""

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
    """A stack of stacks.yml that is deployed on AWS."""

    def __init__(self, name):
        """Refuses a name that is not in the stack file before AWS is asked anything."""
        self.name = name
        self.cloudformation_name = f"capi-{name}"
        self.region = rendered(name)["REGION"]
        self.session = boto3.Session(region_name=self.region)

    def client(self, service):
        return self.session.client(service)

    def parameters(self):
        """The parameters of the template that this stack has values for.

        The secret's keys count where the template has a parameter of that name; what is said only in the stack file
        counts next. What the server reads under another name, `capi config render` knows.
        """
        declared = declared_parameters()
        secret = self.secret()
        values = rendered(self.name, secret)
        for name in values:
            if name not in declared:
                raise Failure(f"The deployment of the stack {self.name} has {name}, which cf_stack.yml does not know.")
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
        """The secret as a map of texts. Its values are never printed."""
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
            raise Failure(f"The secret {self.secret_name} is no JSON object.")
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def rendered(name, secret=None):
    """What `capi config render` says of a stack."""
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
    """How `capi` is called: the one in PATH, else that of this checkout, which cargo builds."""
    if shutil.which("capi"):
        return ["capi"]
    if shutil.which("cargo"):
        return ["cargo", "run", "--quiet", "--locked", "--manifest-path", str(ROOT / "Cargo.toml"), "--"]
    raise Failure("The program capi is needed: put it into PATH, or cargo, which builds it.")


def declared_parameters():
    """The parameters of the template, by name, with their properties."""
    return yaml.load(TEMPLATE.read_text(), Loader=TemplateLoader)["Parameters"]


class TemplateLoader(yaml.SafeLoader):
    """Reads a template without its functions, which no parameter has."""


TemplateLoader.add_multi_constructor("!", lambda loader, tag, node: None)
