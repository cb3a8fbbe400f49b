"""Replaces the running servers with new ones, and waits until the old ones have stopped."""

import time

from . import Failure, say
from .cloudformation import describe

POLL_SECONDS = 3
# ECS describes at most this many tasks per call.
MOST_TASKS = 100


def restart(stack, timeout):
    """Forces a new deployment of the stack's service. Fails if it is not stable within `timeout` seconds."""
    client, (cluster, service) = stack.client("ecs"), location(stack)
    old = tasks(client, cluster, service)
    say(f"Starting new servers of {service} in the cluster {cluster} ...")
    answer = client.update_service(cluster=cluster, service=service, forceNewDeployment=True)
    deployment = primary(answer["service"])["id"]
    deadline = time.monotonic() + timeout
    wait_until_settled(client, cluster, service, deployment, deadline)
    wait_until_stopped(client, cluster, old, deadline)
    say(f"The new servers of {service} are running; old servers stopped: {len(old)}.")


def location(stack):
    """The names of the cluster and the service."""
    found = describe(stack.client("cloudformation"), stack)
    if found is None:
        raise Failure(f"There is no {stack.cloudformation_name} in {stack.region}: run scripts/provision {stack.name}.")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return outputs["ClusterName"], outputs["ServiceName"]


def tasks(client, cluster, service):
    pages = client.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service)
    return [task for page in pages for task in page["taskArns"]]


def primary(service):
    return next(deployment for deployment in service["deployments"] if deployment["status"] == "PRIMARY")


def wait_until_settled(client, cluster, name, ours, deadline):
    told = None
    while True:
        service = client.describe_services(cluster=cluster, services=[name])["services"][0]
        deployment = next((each for each in service["deployments"] if each["id"] == ours), None)
        if deployment is None:
            raise Failure(f"The new servers of {name} were abandoned: another deployment replaced them.")
        state = deployment["rolloutState"]
        if state == "FAILED":
            reason = deployment.get("rolloutStateReason", "ECS gives no reason")
            raise Failure(f"The new servers of {name} were abandoned and the old ones keep running: {reason}")
        counts = f"{deployment['runningCount']} of {deployment['desiredCount']} new servers are running"
        if counts != told:
            say(f"{counts}.")
            told = counts
        if state == "COMPLETED":
            return
        pause(deadline, f"The new servers of {name} do not become stable: {counts}.")


def wait_until_stopped(client, cluster, old, deadline):
    while old:
        running = []
        for start in range(0, len(old), MOST_TASKS):
            answer = client.describe_tasks(cluster=cluster, tasks=old[start : start + MOST_TASKS])
            # ECS forgets tasks some time after they stop.
            running += [task["taskArn"] for task in answer["tasks"] if task["lastStatus"] != "STOPPED"]
        if not running:
            return
        pause(deadline, f"Old servers still running: {len(running)}.")


def pause(deadline, failure):
    if time.monotonic() > deadline:
        raise Failure(failure)
    time.sleep(POLL_SECONDS)
