//! `capi market upload`: a file becomes an application that can be voted on.

use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;

use super::keys::KeyOptions;
use super::place::Market;
use crate::cli::output::Report;
use crate::cli::progress::Bar;
use crate::client::dev::Role;
use crate::client::{ListingText, LocalFile, Party};
use crate::domain::{Hash, Timestamp};

#[derive(clap::Args)]
pub(super) struct Upload {
    file: PathBuf,
    #[arg(long)]
    title: String,
    #[arg(long)]
    description: String,
    #[arg(long)]
    license: String,
    /// Separated by commas
    #[arg(long, value_delimiter = ',')]
    tags: Vec<String>,
    /// Media type; by default that of the file's name
    #[arg(long = "type", value_name = "MEDIA_TYPE")]
    file_type: Option<String>,
    /// The listing's hash; by default one that follows from account and file
    #[arg(long, value_name = "HASH")]
    listing_hash: Option<Hash>,
    /// The transaction of an application that exists and lacks its file
    #[arg(long, value_name = "HASH", requires = "listing_hash")]
    tx_hash: Option<Hash>,
    #[command(flatten)]
    key: KeyOptions,
}

/// What became of it.
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

pub(super) async fn run(args: Upload, market: &Market, report: Report) -> anyhow::Result<()> {
    let maker = market.party(&args.key, Role::Maker)?;
    let outcome = upload(args, &maker, report).await?;
    let Uploaded { listing_hash, vote_by, .. } = &outcome;
    report.say(&format!("listing      {listing_hash}"))?;
    report.say(&format!(
        "Next: the market's token holders vote until {}: capi market vote {listing_hash}",
        Timestamp::from_seconds(*vote_by)
    ))?;
    report.line(&outcome)
}

async fn upload(args: Upload, maker: &Party, report: Report) -> anyhow::Result<Uploaded> {
    let file = LocalFile::read(&args.file).await?;
    if file.size == 0 {
        anyhow::bail!("{} is empty", args.file.display());
    }
    let about = ListingText {
        file_type: args.file_type.clone().unwrap_or_else(|| media_type(&args.file)),
        title: args.title,
        description: args.description,
        license: args.license,
        tags: args.tags,
    };
    let listing = match args.listing_hash {
        Some(hash) => hash,
        None => maker.unused_listing_hash(&file).await?,
    };
    publish(maker, &about, &file, listing, args.tx_hash, report).await
}

/// Applies, unless that is done, and sends the file.
pub(super) async fn publish(
    maker: &Party,
    about: &ListingText,
    file: &LocalFile,
    listing_hash: Hash,
    applied: Option<Hash>,
    report: Report,
) -> anyhow::Result<Uploaded> {
    let applied = match applied {
        Some(transaction) => transaction,
        None => maker.apply(listing_hash).await?.transaction,
    };
    report.say(&format!("applied      transaction {applied}"))?;
    let resume = || {
        format!(
            "the application stands: once it is set right, add --listing-hash {listing_hash} --tx-hash {applied}"
        )
    };
    let bar = Bar::new("uploading", report);
    let sent = maker.send_file(about, file, listing_hash, applied, Some(bar.progress())).await;
    drop(bar);
    let task_id = sent.with_context(resume)?;
    report.say(&format!("uploaded     {} bytes, task {task_id}", file.size))?;
    let announced = maker.wait_announced(&task_id, listing_hash, file).await?;
    report.say(&format!("announced    transaction {announced}"))?;
    report.say(&format!("data hash    {}", file.data_hash))?;
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
