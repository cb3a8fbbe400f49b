"""Creates and updates a stack's CloudFormation stack, and waits for completion."""

import time

from botocore.exceptions import ClientError

from . import Failure, say
from .existing import existing
from .stack import TEMPLATE, declared_parameters

POLL_SECONDS = 3
GOOD_ENDS = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
# States from which an update can start, besides the good ends.
UPDATABLE = {"UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
# How CloudFormation reports an empty change set.
NO_CHANGES = ["didn't contain changes", "No updates are to be performed"]
CAPABILITIES = ["CAPABILITY_NAMED_IAM"]


def provision(stack):
    """Updates the stack, or creates it if there is none."""
    client = stack.client("cloudformation")
    before = describe(client, stack)
    if before is None:
        create(client, stack)
    elif before["StackStatus"] in GOOD_ENDS | UPDATABLE:
        update(client, stack, before)
    else:
        raise Failure(f"{stack.cloudformation_name} is {before['StackStatus']}: {advice(before['StackStatus'])}")


def create(client, stack):
    change = request(stack, values(stack, {}))
    say(f"Creating {stack.cloudformation_name} in {stack.region} ...")
    wait(client, client.create_stack(**change)["StackId"], set())


def update(client, stack, before):
    """Has CloudFormation compare the current and the wanted state, and applies the difference."""
    change = request(stack, values(stack, own_resources(client, stack)))
    name = f"provision-{int(time.time())}"
    identity = client.create_change_set(ChangeSetName=name, ChangeSetType="UPDATE", **change)["Id"]
    compared = compare(client, identity)
    if compared["Status"] == "FAILED":
        client.delete_change_set(ChangeSetName=identity)
        reason = compared.get("StatusReason", "CloudFormation gives no reason")
        if not any(words in reason for words in NO_CHANGES):
            raise Failure(f"{stack.cloudformation_name} cannot be updated: {reason}")
        say(f"There is nothing to do: {stack.cloudformation_name} matches cf_stack.yml and its parameters.")
        return
    say(f"Updating {stack.cloudformation_name} in {stack.region} ...")
    seen = {event["EventId"] for event in events(client, before["StackId"])}
    client.execute_change_set(ChangeSetName=identity)
    wait(client, before["StackId"], seen)


def compare(client, identity):
    """The change set, once CloudFormation has created it."""
    while True:
        compared = client.describe_change_set(ChangeSetName=identity)
        if compared["Status"] in {"CREATE_COMPLETE", "FAILED"}:
            return compared
        time.sleep(POLL_SECONDS)


def values(stack, own):
    """The values of the template's parameters. Fails for a parameter with neither a value nor a default."""
    values = stack.parameters()
    missing = [
        name
        for name, parameter in declared_parameters().items()
        if name not in values and "Default" not in parameter
    ]
    if missing:
        raise Failure(f"The secret {stack.secret_name} lacks {', '.join(missing)}: cf_stack.yml has no default.")
    return values | existing(stack, values, own)


def request(stack, values):
    return {
        "StackName": stack.cloudformation_name,
        "TemplateBody": TEMPLATE.read_text(),
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in sorted(values.items())],
        "Capabilities": CAPABILITIES,
    }


def describe(client, stack):
    """The stack as CloudFormation describes it, or `None`."""
    try:
        found = client.describe_stacks(StackName=stack.cloudformation_name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return found[0] if found else None


def own_resources(client, stack):
    """The stack's resources: their logical and physical names."""
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.cloudformation_name)
    return {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for page in pages
        for resource in page["StackResourceSummaries"]
        if not resource["ResourceStatus"].startswith("DELETE")
    }


def wait(client, identity, seen):
    """Prints events as they arrive, until the stack is stable. A bad end is a failure with the first reason."""
    reason = None
    while True:
        status = client.describe_stacks(StackName=identity)["Stacks"][0]
        for event in reversed(events(client, identity)):
            if event["EventId"] not in seen:
                seen.add(event["EventId"])
                tell(event)
                reason = reason or failure_of(event)
        if not status["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(POLL_SECONDS)
    if status["StackStatus"] not in GOOD_ENDS:
        reason = reason or status.get("StackStatusReason", "CloudFormation gives no reason")
        raise Failure(f"{status['StackName']} is {status['StackStatus']}: {reason}")
    say(f"{status['StackName']} is {status['StackStatus']}.")


def events(client, identity):
    """All events of the stack, newest first."""
    pages = client.get_paginator("describe_stack_events").paginate(StackName=identity)
    return [event for page in pages for event in page["StackEvents"]]


def tell(event):
    when = event["Timestamp"].strftime("%H:%M:%S")
    words = [when, event["ResourceStatus"], event.get("ResourceType", ""), event["LogicalResourceId"]]
    say("  ".join([*words, event.get("ResourceStatusReason") or ""]).rstrip())


def failure_of(event):
    """Why a resource failed; `None` for one that was cancelled because of another."""
    reason = event.get("ResourceStatusReason") or ""
    if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason:
        return f"{event['LogicalResourceId']}: {reason}"
    return None


def advice(status):
    if status.endswith("_IN_PROGRESS"):
        return "somebody is changing it; try again when that is done."
    if status in {"ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"}:
        return "its creation never finished; delete it (tables and bucket stay) and try again."
    return "repair it in CloudFormation first."
