"""Asks AWS what a test wants to know: reads a list of [service, operation, arguments], prints the list of answers.

An answer is `null` where AWS says that there is no such thing.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError


def ask(service, operation, arguments):
    try:
        answer = getattr(boto3.client(service), operation)(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "NotFound" in code or "NoSuch" in code or code == "404" or "does not exist" in str(error):
            return None
        raise
    answer.pop("ResponseMetadata", None)
    return answer


print(json.dumps([ask(*question) for question in json.load(sys.stdin)], default=str))
