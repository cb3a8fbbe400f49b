//! Candidates: what is being voted on.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::{Answer, Answers, Version};
use super::error::{HttpResult, Problem};
use super::extract::PathHash;
use super::listing_body::ListingBody;
use super::listing_detail::TimelineBody;
use super::listings::ListingsBody;
use super::page;
use super::parameters::{DEFAULT_PAGE_SIZE, PageParams, ResolvedParams};
use super::poll_body::{PollBody, StandingBody};
use super::query::Query;
use super::resolved_body::ResolvedPollsBody;
use super::schema::{self, whole_number};
use super::selection::{ListParams, SearchParams};
use crate::domain::{Amount, Hash, Kind, Listing, PreviewChoice};
use crate::service::candidates::{self, PollView};
use crate::service::{Context, ServiceError};

/// List live candidates of every kind
#[utoipa::path(
    get,
    path = "/candidates/",
    tag = "candidates",
    params(ListParams),
    responses(
        (status = 200, body = HashesBody),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn list(
    ctx: web::Data<Context>,
    query: Query<ListParams>,
    request: HttpRequest,
) -> HttpResult {
    page::answer(&request, candidates::list(&ctx, None, query.0.query()?).await?).await
}

/// List live candidates of one kind
#[utoipa::path(
    get,
    path = "/candidates/{kind}",
    tag = "candidates",
    params(
        ("kind" = inline(schema::PollKind), Path),
        ListParams,
    ),
    responses(
        (status = 200, body = HashesBody),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn list_kind(
    ctx: web::Data<Context>,
    query: Query<ListParams>,
    request: HttpRequest,
) -> HttpResult {
    let list = candidates::list(&ctx, Some(kind(&request)?), query.0.query()?).await?;
    page::answer(&request, list).await
}

/// List live applications whose metadata this server has
#[utoipa::path(
    get,
    path = "/candidates/application",
    tag = "candidates",
    params(SearchParams),
    responses(
        (status = 200, body = ListingsBody),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn applications(
    ctx: web::Data<Context>,
    query: Query<SearchParams>,
    request: HttpRequest,
) -> HttpResult {
    page::answer(&request, candidates::applications(&ctx, query.0.query()?).await?).await
}

/// Get a live application and its votes
#[utoipa::path(
    get,
    path = "/candidates/application/{hash}",
    tag = "candidates",
    params(("hash" = inline(schema::HashText), Path, description = "The listing hash")),
    responses(
        (status = 200, body = ApplicationBody),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn application(
    ctx: web::Data<Context>,
    answers: web::Data<Answers>,
    hash: PathHash,
    request: HttpRequest,
) -> HttpResult {
    let version = Version::of_facts(&ctx);
    let (view, listing) = candidates::application(&ctx, hash.0).await?;
    let answer = Answer::new(&ApplicationBody::of(&view, &listing), version);
    let response = page::tagged(&request, &answer.etag, &answer.body).await?;
    if view.settled {
        answers.keep(&request, answer);
    }
    Ok(response)
}

/// List resolved polls, those opened last first
///
/// The contract deletes a resolved poll's yea and nay votes, so only their sum is known.
#[utoipa::path(
    get,
    path = "/candidates/resolved",
    tag = "candidates",
    params(ResolvedParams),
    responses(
        (status = 200, body = ResolvedPollsBody),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn resolved(ctx: web::Data<Context>, query: Query<ResolvedParams>) -> HttpResult {
    let ResolvedParams { kind, limit, cursor } = query.0;
    let limit = limit.unwrap_or(DEFAULT_PAGE_SIZE);
    let polls = candidates::resolved(&ctx, &kind, limit, cursor.as_deref()).await?;
    Ok(HttpResponse::Ok().json(ResolvedPollsBody::from(&polls)))
}

/// Get an open poll
///
/// Applications keep their 2019 form: a listing with its votes.
#[utoipa::path(
    get,
    path = "/candidates/{kind}/{hash}",
    tag = "candidates",
    params(
        ("kind" = inline(schema::PollKind), Path),
        ("hash" = inline(schema::HashText), Path, description = "The candidate's hash"),
    ),
    responses(
        (status = 200, body = PollBody),
        (status = 400, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(ctx: web::Data<Context>, hash: PathHash, request: HttpRequest) -> HttpResult {
    let view = candidates::get(&ctx, kind(&request)?, hash.0).await?;
    Ok(HttpResponse::Ok().json(PollBody::from(&view)))
}

/// List the votes in a poll, newest first
///
/// Covers the latest poll of this kind on the hash, open or resolved. The chain does not tell how an account voted.
#[utoipa::path(
    get,
    path = "/candidates/{kind}/{hash}/votes",
    tag = "candidates",
    params(
        ("kind" = inline(schema::CandidateKind), Path),
        ("hash" = inline(schema::HashText), Path, description = "The candidate's hash"),
        PageParams,
    ),
    responses(
        (status = 200, body = TimelineBody),
        (status = 400, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn votes(
    ctx: web::Data<Context>,
    hash: PathHash,
    page: Query<PageParams>,
    request: HttpRequest,
) -> HttpResult {
    let page = page.0;
    let votes =
        candidates::votes(&ctx, kind(&request)?, hash.0, page.limit(), page.cursor.as_deref()).await?;
    Ok(HttpResponse::Ok().json(TimelineBody::from(votes)))
}

fn kind(request: &HttpRequest) -> Result<Kind, ServiceError> {
    Kind::parse(request.match_info().query("kind"))
        .map_err(|error| ServiceError::NotFound(format!("no such kind: {error}")))
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the service writes")]
pub(super) struct HashesBody {
    #[schema(value_type = Vec<String>)]
    items: Vec<Hash>,
    /// The parameter; 0 by default.
    from_block: u64,
    /// The highest block with an event in the range; 0 if there is none.
    to_block: u64,
    /// Only with `limit`: the next page's cursor; null on the last page.
    next: Option<String>,
    /// Only with `limit`: the total number of matches.
    total: Option<u64>,
}

/// An application with its poll. `owner` is the applicant; `supply` is null.
#[derive(Serialize, ToSchema)]
pub(super) struct ApplicationBody<'a> {
    #[serde(flatten)]
    listing: ListingBody<'a>,
    /// The contracts' number for the kind: 1.
    kind: u8,
    /// The CMT wei that each vote locks.
    #[schema(schema_with = whole_number)]
    stake: Amount,
    /// When voting ends, in Unix seconds.
    vote_by: u64,
    /// The number of votes.
    #[schema(schema_with = whole_number)]
    yea: Amount,
    /// The number of votes.
    #[schema(schema_with = whole_number)]
    nay: Amount,
    /// The listing hash.
    #[schema(value_type = String)]
    hash: Hash,
    /// What the maker lets voters see: `none`, `bytes:<n>` or `rows:<n>`; null if the maker has not chosen.
    #[schema(value_type = Option<String>, required)]
    preview: Option<PreviewChoice>,
    #[serde(flatten)]
    standing: StandingBody,
}

impl<'a> ApplicationBody<'a> {
    fn of(view: &PollView, listing: &'a Listing) -> Self {
        let preview = listing.metadata.preview;
        let mut listing = ListingBody::new(listing, None);
        listing.owner = Some(view.facts.owner);
        ApplicationBody {
            listing,
            kind: view.facts.kind.number(),
            stake: view.tally.stake,
            vote_by: view.facts.vote_by,
            yea: view.tally.yea,
            nay: view.tally.nay,
            hash: view.hash,
            preview,
            standing: StandingBody::from(view),
        }
    }
}
