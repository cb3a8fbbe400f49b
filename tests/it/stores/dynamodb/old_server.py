"""Uses the listings table as the server of 2019 did: `put` writes the row given as JSON at the standard input, `get`
prints the row of a hash. Arguments: endpoint, region, table, `put` or `get` and a hash."""

import json
import sys
from decimal import Decimal

import boto3

endpoint, region, name, *order = sys.argv[1:]
access = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
table = boto3.resource("dynamodb", endpoint_url=endpoint, region_name=region, **access).Table(name)
if order[0] == "put":
    table.put_item(Item=json.load(sys.stdin))
else:
    row = table.get_item(Key={"listing_hash": order[1]})["Item"]
    json.dump(row, sys.stdout, default=lambda number: int(number) if isinstance(number, Decimal) else str(number))
