"""Runs the stand-in for AWS until its input closes, made more like the original in three points:

- the answer to ListParts has the name that S3 gives it, without which strict clients refuse it;
- a request is carried out without interruption by another, so that conditional writes decide in one step;
- KMS signs a digest as it is, where this version of the stand-in hashes it once more. The server asks for nothing else.
"""

import os
import sys
import threading

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto.core.serialize import S3Serializer
from moto.kms.utils import ECDSAPrivateKey
from moto.server import main

NAMED_OTHERWISE = {"ListPartsResponse": "ListPartsResult"}
serialize_body = S3Serializer._serialize_body


def serialize_body_as_s3(self, body):
    if isinstance(body, dict):
        body = {NAMED_OTHERWISE.get(name, name): value for name, value in body.items()}
    return serialize_body(self, body)


S3Serializer._serialize_body = serialize_body_as_s3


def sign_digest(self, message, signing_algorithm):
    assert signing_algorithm == "ECDSA_SHA_256" and len(message) == 32
    return self.private_key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256())))


ECDSAPrivateKey.sign = sign_digest


def end_with_input():
    sys.stdin.read()
    os._exit(0)


# What is logged comes the same way as what is told.
os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
threading.Thread(target=end_with_input, daemon=True).start()
sys.setswitchinterval(1)
main()
