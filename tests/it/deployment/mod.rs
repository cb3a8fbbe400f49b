//! Deploying on AWS: what a stack is made of, the scripts that make it, and the image that runs in it.

mod account;
mod balancer;
mod base_images;
mod checkout;
mod image;
mod provision;
mod render;
mod rolling;
mod service;
mod systemd;
mod template;

/// The parameters of the template of 2019 that its secrets hold too, but for the public name.
pub const PARAMETERS_OF_2019: [&str; 16] = [
    "ClusterName",
    "DesiredCount",
    "Environment",
    "LBSubnets",
    "LBSecGroups",
    "ServiceSubnets",
    "ServiceSecGroups",
    "SSLCertArn",
    "VpcId",
    "CPU",
    "Memory",
    "ImageUrl",
    "TaskRoleArn",
    "ExecutionRoleArn",
    "REGION",
    "HostedZoneId",
];
