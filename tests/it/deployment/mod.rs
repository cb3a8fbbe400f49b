//! Deploying on AWS: what a stack is made of, the scripts that make it, and the image that runs in it.

mod account;
mod balancer;
mod checkout;
mod image;
mod provision;
mod render;
mod rolling;
mod service;
mod template;
