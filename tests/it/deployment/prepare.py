"""Makes what has to be in an account before a stack: a network, a certificate, a zone. Prints the parameters for it."""

import json

import boto3

ec2 = boto3.client("ec2")
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]


def subnet(number):
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zones[number % 2])
    return made["Subnet"]["SubnetId"]


def group(name):
    return ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]


certificate = boto3.client("acm").request_certificate(DomainName="*.example.org")["CertificateArn"]
zone = boto3.client("route53").create_hosted_zone(Name="example.org", CallerReference="once")["HostedZone"]["Id"]
print(
    json.dumps(
        {
            "VpcId": vpc,
            "LBSubnets": f"{subnet(0)},{subnet(1)}",
            "ServiceSubnets": f"{subnet(2)},{subnet(3)}",
            "LBSecGroups": group("balancer"),
            "ServiceSecGroups": group("server"),
            "SSLCertArn": certificate,
            "HostedZoneId": zone.split("/")[-1],
        }
    )
)
