//! `capi openapi`: print the API description without a server.

use super::output;
use crate::app;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  capi openapi >openapi.json")]
pub(super) struct OpenapiArgs {}

pub(super) fn run(_: OpenapiArgs) -> anyhow::Result<()> {
    output::print(&app::api_description()?)
}
