"""Builds the server's image from this checkout and pushes it to a stack's repository."""

import base64
import os
import re
import subprocess

from . import ROOT, Failure, say

ECR = re.compile(r"^(?P<account>\d+)\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/")


def publish(stack):
    """Builds, tags with branch and commit, and pushes. Pushes the tag that the service runs last."""
    image = stack.parameters().get("ImageUrl")
    if not image:
        raise Failure(f"The secret {stack.secret_name} lacks ImageUrl, the place to push the image to.")
    repository, running = split(image)
    commit = git("rev-parse", "HEAD")
    names = [f"{repository}:{tag}" for tag in (branch(), commit[:12], running)]
    say(f"Building {names[1]} ...")
    tags = [argument for name in dict.fromkeys(names) for argument in ("--tag", name)]
    docker("build", "--build-arg", f"GIT_COMMIT={commit}", *tags, str(ROOT))
    log_in(stack, repository)
    for name in dict.fromkeys(names):
        say(f"Pushing {name} ...")
        docker("push", name)


def split(image):
    """Repository and tag. A registry's port is not a tag."""
    repository, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        return image, "latest"
    return repository, tag


def branch():
    """The branch, spelt as a valid tag. CI checks out a commit and names its branch in a variable."""
    named = os.environ.get("TRAVIS_BRANCH") or os.environ.get("GITHUB_REF_NAME")
    name = named or git("rev-parse", "--abbrev-ref", "HEAD")
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name).lstrip(".-")[:128] or "detached"


def git(*arguments):
    answer = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise Failure(f"git {arguments[0]} failed: {answer.stderr.strip()}")
    return answer.stdout.strip()


def log_in(stack, repository):
    """Logs in to the registry if it is an AWS one; other registries need a login in advance."""
    registry = ECR.match(repository)
    if registry is None:
        return
    client = stack.session.client("ecr", region_name=registry["region"])
    authorization = client.get_authorization_token()["authorizationData"][0]
    user, password = base64.b64decode(authorization["authorizationToken"]).decode().split(":", 1)
    # The password goes through standard input, because command lines are public.
    docker("login", "--username", user, "--password-stdin", repository.split("/")[0], input=password)


def docker(*arguments, input=None):
    try:
        answer = subprocess.run(["docker", *arguments], input=input, text=True, check=False)
    except FileNotFoundError:
        raise Failure("Docker is missing: put docker into PATH.") from None
    if answer.returncode != 0:
        raise Failure(f"docker {arguments[0]} failed with exit code {answer.returncode}.")
