"""Runs the stand-in for AWS, made more like the original in two points:

- the answer to ListParts has the name that S3 gives it, without which strict clients refuse it;
- a request is carried out without interruption by another, so that conditional writes decide in one step.
"""

import sys

from moto.core.serialize import S3Serializer
from moto.server import main

NAMED_OTHERWISE = {"ListPartsResponse": "ListPartsResult"}
serialize_body = S3Serializer._serialize_body


def serialize_body_as_s3(self, body):
    if isinstance(body, dict):
        body = {NAMED_OTHERWISE.get(name, name): value for name, value in body.items()}
    return serialize_body(self, body)


S3Serializer._serialize_body = serialize_body_as_s3
sys.setswitchinterval(1)
main()
