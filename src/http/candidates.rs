//! Candidates: what is being voted on.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::extract::PathHash;
use super::listings::{ListingBody, ListingsBody};
use super::page;
use super::query::Params;
use super::schema::whole_number;
use crate::domain::{Amount, Hash, Kind};
use crate::service::candidates::{self, ApplicationView, HashPage};
use crate::service::{Context, ServiceError};

/// Live candidates of every kind
#[utoipa::path(
    get,
    path = "/candidates/",
    tag = "candidates",
    params(super::schema::Blocks),
    responses(
        (status = 200, body = HashesBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn list(ctx: web::Data<Context>, params: Params) -> HttpResult {
    hashes(&ctx, None, &params)
}

/// Live candidates of one kind
#[utoipa::path(
    get,
    path = "/candidates/{kind}",
    tag = "candidates",
    params(
        ("kind" = String, Path, description = "`challenge`, `reparam` or `registration`"),
        super::schema::Blocks,
    ),
    responses(
        (status = 200, body = HashesBody),
        (status = 400, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn list_kind(ctx: web::Data<Context>, params: Params, request: HttpRequest) -> HttpResult {
    let kind = Kind::parse(request.match_info().query("kind"))
        .map_err(|error| ServiceError::NotFound(format!("no such kind: {error}")))?;
    hashes(&ctx, Some(kind), &params)
}

/// Live applications of which this server holds the metadata
#[utoipa::path(
    get,
    path = "/candidates/application",
    tag = "candidates",
    params(super::schema::Blocks, super::schema::Search),
    responses(
        (status = 200, body = ListingsBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn applications(ctx: web::Data<Context>, params: Params) -> HttpResult {
    let query = params.listings()?;
    let limited = query.limit.is_some();
    page::answer(candidates::applications(&ctx, query).await?, limited).await
}

/// One live application and its votes
#[utoipa::path(
    get,
    path = "/candidates/application/{hash}",
    tag = "candidates",
    params(("hash" = String, Path, description = "The listing hash")),
    responses(
        (status = 200, body = ApplicationBody),
        (status = 400, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn application(ctx: web::Data<Context>, hash: PathHash) -> HttpResult {
    let view = candidates::application(&ctx, hash.0).await?;
    Ok(HttpResponse::Ok().json(ApplicationBody::from(&view)))
}

fn hashes(ctx: &Context, kind: Option<Kind>, params: &Params) -> HttpResult {
    let owner = params.parse("owner", str::parse)?;
    let (from_block, to_block) = params.blocks()?;
    let HashPage { items, from_block, to_block } = candidates::list(ctx, kind, owner, from_block, to_block)?;
    Ok(HttpResponse::Ok().json(HashesBody { items, from_block, to_block }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct HashesBody {
    #[schema(value_type = Vec<String>)]
    items: Vec<Hash>,
    /// The parameter, 0 when not given.
    from_block: u64,
    /// Highest block of an event in the range, 0 if there is none.
    to_block: u64,
}

/// A listing in application. `owner` is the applicant, `supply` null; `stake`, `yea` and `nay` are in CMT wei.
#[derive(Serialize, ToSchema)]
pub(super) struct ApplicationBody<'a> {
    #[serde(flatten)]
    listing: ListingBody<'a>,
    /// The contracts' number of the kind: 1.
    kind: u8,
    #[schema(schema_with = whole_number)]
    stake: Amount,
    /// Unix seconds.
    vote_by: u64,
    #[schema(schema_with = whole_number)]
    yea: Amount,
    #[schema(schema_with = whole_number)]
    nay: Amount,
}

impl<'a> From<&'a ApplicationView> for ApplicationBody<'a> {
    fn from(view: &'a ApplicationView) -> Self {
        let ApplicationView { listing, candidate, tally } = view;
        let mut listing = ListingBody::new(listing, None);
        listing.owner = Some(candidate.owner);
        ApplicationBody {
            listing,
            kind: candidate.kind.number(),
            stake: tally.stake,
            vote_by: candidate.vote_by,
            yea: tally.yea,
            nay: tally.nay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Address, Candidate, Listing, Tally};

    #[test]
    fn an_application_is_a_listing_with_its_votes() {
        let view = ApplicationView {
            listing: Listing { listing_hash: Hash::ZERO, metadata: Default::default(), content: None }.into(),
            candidate: Candidate {
                hash: Hash::ZERO,
                kind: Kind::Application,
                owner: Address::ZERO,
                vote_by: 1_560_000_000,
            },
            tally: Tally { stake: Amount::MAX, yea: Amount::ZERO, nay: Amount::from(1_u64) },
        };
        let json = serde_json::to_string(&ApplicationBody::from(&view)).unwrap();
        let (owner, stake) = (Address::ZERO, Amount::MAX);
        let votes = format!(
            r#""owner":"{owner}","size":null,"supply":null,"kind":1,"stake":{stake},"vote_by":1560000000,"yea":0,"nay":1}}"#
        );
        assert!(json.ends_with(&votes), "{json}");
    }
}
