"""What schemathesis needs to know beyond the description."""

import json
import re

import schemathesis

# Refusals of requests that fit the schema. The description gives these reasons in words, because a schema cannot.
DESCRIBED = re.compile("|".join([
    # Lists, the feed and series: one parameter depends on another.
    "to-block: is before from-block$",
    "max-size: is less than min-size$",
    "cursor: belongs to another order$",
    "to: lies before from$",
    "from: there are at most 1000 points",
    # Sign-in: texts with a syntax of their own.
    "message: ",
    "signature: ",
    # Uploads: limits on several fields together, the file itself, and values inside Base64.
    "the fields have [0-9]+ bytes together",
    "tags: (more than 64|longer than 256 characters)$",
    "filenames: longer than 256 characters$",
    "missing: ",
    "file: empty$",
    "md5_sum: the file received has the MD5 sum [0-9a-f]{32}$",
    "[a-z0-9_]+: expected UTF-8 text in Base64$",
    # Uploads: RFC 7578 allows no control characters in the names of parts.
    r"cannot read the form: Error during field parsing \(invalid Header provided\)$",
]))


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a failure is one."""
    if "positive_data_acceptance" not in failure.checks:
        return True
    if any(part.mode.is_negative for part in case.meta.components.values()) or has_made_up_header(case):
        return False
    if response.status_code != 400 or not response.content:
        return True
    return DESCRIBED.match(json.loads(response.content)["detail"]) is None


def has_made_up_header(case):
    """schemathesis makes no values for some patterns of headers: it sends "0", and still takes the request for valid."""
    headers = {name.lower(): value for name, value in (case.headers or {}).items()}
    return any(re.search(header.definition["schema"].get("pattern", ""), headers.get(header.name.lower(), "")) is None
               for header in case.operation.headers if header.name.lower() in headers)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves the codings to the client, which cannot read every one that a made-up header accepts."""
    (case.headers or {}).pop("Accept-Encoding", None)


@schemathesis.serializer("application/offset+octet-stream")
def send_bytes(context, value):
    return {"data": value if isinstance(value, bytes) else json.dumps(value).encode()}
