"""What of a stack is there already and does not belong to its CloudFormation stack: it is used as it is.

Tables, buckets, roles and clusters may be older than the deployment, or be left of an earlier one. A parameter that
is given decides; otherwise AWS is asked.
"""

from botocore.exceptions import ClientError

from . import Failure, say

ABSENT = {"ResourceNotFoundException", "NoSuchEntity", "404", "NoSuchBucket"}


def existing(stack, values, own):
    """The parameters that tell what is not to be created. `own` maps logical names to the stack's own resources."""
    tables, role = values["TableName"], f"capi_{stack.name}_role"
    parameters = {}

    def create(parameter, logical, is_there, what):
        if parameter not in values:
            foreign = logical not in own and is_there()
            parameters[parameter] = "false" if foreign else "true"
            if foreign:
                say(f"{what} is there already: it is used as it is.")

    create("CreateTable", "Table", lambda: table(stack, tables), f"The table {tables}")
    create("CreateStateTable", "StateTable", lambda: table(stack, f"{tables}-state"), f"The table {tables}-state")
    create("CreateBucket", "Bucket", lambda: bucket(stack, values["BucketName"]), f"The bucket {values['BucketName']}")
    clusters = values.get("ClusterName", "capi")
    create("CreateCluster", "Cluster", lambda: cluster(stack, clusters), f"The cluster {clusters}")
    for parameter in ("TaskRoleArn", "ExecutionRoleArn"):
        name = values.get(parameter, "").rsplit("/")[-1]
        if not name and parameter == "TaskRoleArn":
            name = role
        parameters[parameter] = foreign_role(stack, name, own)
    return parameters


def foreign_role(stack, name, own):
    """The ARN of a role that is there and not the stack's own; empty: there is none."""
    if not name or name == own.get("Role"):
        return ""
    answer = asked(lambda: stack.client("iam").get_role(RoleName=name))
    if answer is None:
        return ""
    say(f"The role {name} is there already: it is used, and given the policies of this stack.")
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
    """The answer, or `None` when what it is about is not there."""
    try:
        return question()
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise
