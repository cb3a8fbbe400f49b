"""Finds resources that exist already outside the CloudFormation stack. They are used as they are.

Tables, buckets, roles and clusters may be older than the deployment, or left over from an earlier one. An explicit
parameter decides; otherwise AWS is asked.
"""

from botocore.exceptions import ClientError

from . import Failure, say

ABSENT = {"ResourceNotFoundException", "NoSuchEntity", "404", "NoSuchBucket"}


def existing(stack, values, own):
    """The parameters that say what not to create. `own` maps logical names to the names of the stack's own resources."""
    tables, role = values["TableName"], f"capi_{stack.name}_role"
    parameters = {}

    # After a change of its name, a resource is another one, such as a table that was restored under a new name.
    def create(parameter, logical, kind, name, is_there):
        if parameter not in values:
            foreign = own.get(logical) != name and is_there(stack, name)
            parameters[parameter] = "false" if foreign else "true"
            if foreign:
                say(f"The {kind} {name} exists and is used as it is.")

    create("CreateTable", "Table", "table", tables, table)
    create("CreateStateTable", "StateTable", "table", f"{tables}-state", table)
    create("CreateBucket", "Bucket", "bucket", values["BucketName"], bucket)
    create("CreateCluster", "Cluster", "cluster", values.get("ClusterName", "capi"), cluster)
    for parameter in ("TaskRoleArn", "ExecutionRoleArn"):
        name = values.get(parameter, "").rsplit("/")[-1]
        if not name and parameter == "TaskRoleArn":
            name = role
        parameters[parameter] = foreign_role(stack, name, own)
    return parameters


def foreign_role(stack, name, own):
    """The ARN of an existing role that is not the stack's own, or an empty string."""
    if not name or name == own.get("Role"):
        return ""
    answer = asked(lambda: stack.client("iam").get_role(RoleName=name))
    if answer is None:
        return ""
    say(f"The role {name} exists and is used; the stack's policies are added to it.")
    return answer["Role"]["Arn"]


def table(stack, name):
    return asked(lambda: stack.client("dynamodb").describe_table(TableName=name)) is not None


def bucket(stack, name):
    try:
        return asked(lambda: stack.client("s3").head_bucket(Bucket=name)) is not None
    except ClientError as error:
        if error.response["Error"]["Code"] == "403":
            raise Failure(f"The bucket {name} belongs to somebody else: choose another name.") from None
        raise


def cluster(stack, name):
    found = stack.client("ecs").describe_clusters(clusters=[name])["clusters"]
    return any(cluster["status"] == "ACTIVE" for cluster in found)


def asked(question):
    """The answer, or `None` if its subject does not exist."""
    try:
        return question()
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise
