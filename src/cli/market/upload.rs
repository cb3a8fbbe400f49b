//! `capi market upload`: turns a file into an application.

use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;

use super::account::AccountArgs;
use super::context::MarketContext;
use crate::cli::format;
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::client::dev::Role;
use crate::client::{ListingText, LocalFile, Party};
use crate::domain::{Hash, PreviewChoice};

#[derive(clap::Args)]
pub(super) struct UploadArgs {
    /// The file to offer
    file: PathBuf,
    /// Title, up to 256 characters
    #[arg(long)]
    title: String,
    /// Description, up to 10 000 characters
    #[arg(long)]
    description: String,
    /// Licence for buyers, such as MIT or a text
    #[arg(long)]
    license: String,
    /// Search tags, separated by commas
    #[arg(long, value_delimiter = ',')]
    tags: Vec<String>,
    /// Media type [default: from the file's name]
    #[arg(long = "type", value_name = "MEDIA_TYPE")]
    file_type: Option<String>,
    /// What voters may see: none, bytes:N or rows:N of a table [default: as many bytes as the server shows]
    #[arg(long, value_name = "none|bytes:N|rows:N", value_parser = PreviewChoice::parse)]
    preview: Option<PreviewChoice>,
    /// Listing hash [default: derived from account and file]
    // The alias is its name of earlier versions.
    #[arg(long, alias = "listing-hash")]
    hash: Option<Hash>,
    /// Transaction of an existing application without a file
    #[arg(long, value_name = "HASH", requires = "hash")]
    tx_hash: Option<Hash>,
    #[command(flatten)]
    account: AccountArgs,
}

/// The result.
#[derive(Clone, Serialize)]
pub(super) struct Uploaded {
    pub listing_hash: Hash,
    pub owner: crate::domain::Address,
    /// The transaction that applied for the listing.
    pub applied: Hash,
    pub task_id: String,
    /// The server's transaction that announced the data hash.
    pub announced: Hash,
    pub data_hash: Hash,
    pub size: u64,
    /// Unix seconds.
    pub vote_by: u64,
}

pub(super) async fn run(args: UploadArgs, market: &MarketContext, output: Output) -> anyhow::Result<()> {
    let maker = market.party(&args.account, Role::Maker)?;
    let outcome = upload(args, &maker, output).await?;
    let Uploaded { listing_hash, vote_by, .. } = &outcome;
    let program = format::program();
    output.field("listing", listing_hash)?;
    output.text(&format!(
        "Next: the market's token holders vote until {}: {program} market vote {listing_hash}",
        format::time(*vote_by)
    ))?;
    output.json(&outcome)
}

async fn upload(args: UploadArgs, maker: &Party, output: Output) -> anyhow::Result<Uploaded> {
    let file = LocalFile::read(&args.file).await?;
    if file.size == 0 {
        anyhow::bail!("{} is empty", args.file.display());
    }
    let text = ListingText {
        file_type: args.file_type.clone().unwrap_or_else(|| media_type(&args.file)),
        title: args.title,
        description: args.description,
        license: args.license,
        tags: args.tags,
        preview: args.preview,
    };
    text.check()?;
    maker.check_upload(&file).await?;
    let listing = match args.hash {
        Some(hash) => hash,
        None => maker.unused_listing_hash(&file).await?,
    };
    if let Some(applied) = args.tx_hash {
        maker.check_application(listing, applied).await?;
    }
    publish(maker, &text, &file, listing, args.tx_hash, output).await
}

/// Applies, unless already done, and sends the file.
pub(super) async fn publish(
    maker: &Party,
    text: &ListingText,
    file: &LocalFile,
    listing_hash: Hash,
    applied: Option<Hash>,
    output: Output,
) -> anyhow::Result<Uploaded> {
    let applied = match applied {
        Some(transaction) => transaction,
        None => maker.apply(listing_hash).await?.transaction,
    };
    output.text(&format!("applied      transaction {applied}"))?;
    let resume =
        || format!("the application is on chain: to continue, add --hash {listing_hash} --tx-hash {applied}");
    let bar = Bar::new("uploading", output);
    let sent = maker.send_file(text, file, listing_hash, applied, Some(bar.progress())).await;
    drop(bar);
    let task_id = sent.with_context(resume)?;
    output.text(&format!("uploaded     {} bytes, task {task_id}", file.size))?;
    output.note("waiting for the server to put the file's hash on chain …");
    let announced = maker.wait_announced(&task_id, listing_hash, file).await?;
    output.text(&format!("announced    transaction {announced}"))?;
    output.text(&format!("data hash    {}", file.data_hash))?;
    let vote_by = maker.wallet.candidate(listing_hash).await?.map(|candidate| candidate.vote_by);
    Ok(Uploaded {
        listing_hash,
        owner: maker.address(),
        applied,
        task_id,
        announced,
        data_hash: file.data_hash,
        size: file.size,
        vote_by: vote_by.unwrap_or_default(),
    })
}

pub(super) fn media_type(file: &std::path::Path) -> String {
    mime_guess::from_path(file).first_or_octet_stream().essence_str().to_owned()
}
