//! Listings and their uploads.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::answers::{Answer, Answers, Version};
use super::error::{HttpResult, Problem};
use super::extract::{MaybeCaller, PathHash};
use super::listing_body::ListingBody;
use super::listing_detail::{ListingDetailBody, TimelineBody};
use super::page;
use super::parameters::PageParams;
use super::query::Query;
use super::schema;
use super::selection::SearchParams;
use super::tasks::TaskAccepted;
use super::uploads;
use crate::service::{self, Context, listings};

/// List live listings
#[utoipa::path(
    get,
    path = "/listings/",
    tag = "listings",
    params(SearchParams),
    responses(
        (status = 200, body = ListingsBody),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn list(
    ctx: web::Data<Context>,
    query: Query<SearchParams>,
    request: HttpRequest,
) -> HttpResult {
    page::answer(&request, listings::list(&ctx, query.0.query()?).await?).await
}

/// Count the tags, media types and licenses of live listings
///
/// Of all that match: the 50 most common of each, the most common first. `sort`, `limit` and `cursor` have no effect.
#[utoipa::path(
    get,
    path = "/listings/facets",
    tag = "listings",
    params(SearchParams),
    responses(
        (status = 200, body = FacetsBody, headers(("ETag" = String))),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn facets(
    ctx: web::Data<Context>,
    query: Query<SearchParams>,
    request: HttpRequest,
) -> HttpResult {
    let facets = listings::facets(&ctx, query.0.query()?).await?;
    page::prepared(&request, &facets).await
}

/// Get a live listing
#[utoipa::path(
    get,
    path = "/listings/{hash}",
    tag = "listings",
    params(("hash" = inline(schema::HashText), Path, description = "The listing hash")),
    responses(
        (status = 200, body = ListingDetailBody),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(
    ctx: web::Data<Context>,
    answers: web::Data<Answers>,
    hash: PathHash,
    request: HttpRequest,
) -> HttpResult {
    let version = Version::of_facts(&ctx);
    let detail = listings::detail(&ctx, hash.0).await?;
    let answer = Answer::new(&ListingDetailBody::from(&detail), version);
    let response = page::tagged(&request, &answer.etag, &answer.body).await?;
    if detail.settled {
        answers.keep(&request, answer);
    }
    Ok(response)
}

/// Get a listing hash's history, newest first
///
/// Covers all lives of the hash, whether it is live now or not.
#[utoipa::path(
    get,
    path = "/listings/{hash}/history",
    tag = "listings",
    params(("hash" = inline(schema::HashText), Path, description = "The listing hash"), PageParams),
    responses(
        (status = 200, body = TimelineBody),
        (status = 400, response = Problem),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn history(ctx: web::Data<Context>, hash: PathHash, page: Query<PageParams>) -> HttpResult {
    let timeline = listings::history(&ctx, hash.0, page.0.limit(), page.0.cursor.as_deref()).await?;
    Ok(HttpResponse::Ok().json(TimelineBody::from(timeline)))
}

/// Upload a listing's file
///
/// Send a multipart form with one file part under any name. The file is not empty, and the fields have at most 16 KiB
/// together. The transaction is `owner`'s mined or pending call of `Listing.list(listing_hash)`.
#[utoipa::path(
    post,
    path = "/listings/",
    tag = "listings",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    security((), ("access_token" = [])),
    responses(
        (status = 201, body = TaskAccepted, headers(("Location" = String))),
        (status = 400, response = Problem),
        (status = 401, response = Problem),
        (status = 403, response = Problem),
        (status = 408, response = Problem),
        (status = 409, response = Problem),
        (status = 413, response = Problem),
        (status = 415, response = Problem),
        (status = 429, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn upload(
    ctx: web::Data<Context>,
    caller: MaybeCaller,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResult {
    let (form, file) = uploads::read(&ctx, caller.0, &request, payload).await?;
    let task = service::uploads::receive(&ctx, caller.0, form, file).await?;
    Ok(TaskAccepted::answer("the upload is accepted", task))
}

/// A list of listings, streamed with `items` first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the service writes")]
pub(super) struct ListingsBody {
    items: Vec<ListingBody<'static>>,
    /// The parameter; 0 by default.
    from_block: u64,
    /// The highest block with an event in the range; 0 if there is none.
    to_block: u64,
    /// Only with `limit`: the next page's cursor; null on the last page.
    next: Option<String>,
    /// Only with `limit`: the total number of matches.
    total: Option<u64>,
}

/// How common the values of listings are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the service writes")]
pub(super) struct FacetsBody {
    /// The number of listings.
    total: u64,
    tags: Vec<CountedBody>,
    /// Media types in lower case, without parameters.
    file_types: Vec<CountedBody>,
    /// Texts of up to 256 characters.
    licenses: Vec<CountedBody>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what the service writes")]
pub(super) struct CountedBody {
    value: String,
    /// The number of listings that have it.
    count: u64,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "documents a form that is parsed part by part")]
pub(super) struct UploadForm {
    /// The transaction that called `Listing.list`.
    #[schema(pattern = "^(0x)?[0-9a-fA-F]{64}$")]
    tx_hash: String,
    #[schema(pattern = "^(0x)?[0-9a-fA-F]{64}$")]
    listing_hash: String,
    /// One line of up to 256 characters.
    #[schema(
        max_length = 256,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\s][^\x00-\x1f\x7f-\x9f]*$"
    )]
    title: String,
    /// Up to 10 000 characters.
    #[schema(
        max_length = 10000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    description: String,
    #[schema(
        max_length = 10000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    license: String,
    /// Media type.
    #[schema(
        max_length = 256,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\s][^\x00-\x1f\x7f-\x9f]*$"
    )]
    file_type: String,
    /// The file's MD5 in hex.
    #[schema(pattern = "^[0-9a-fA-F]{32}$")]
    md5_sum: String,
    /// The account that sent the transaction.
    #[schema(pattern = "^(0x)?[0-9a-fA-F]{40}$")]
    owner: String,
    /// Separated by commas, up to 64, each of up to 256 characters.
    #[schema(value_type = String, required = false, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    tags: Option<String>,
    /// The maker's name for the file, of up to 256 characters; the first is kept.
    #[schema(value_type = String, required = false, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    filenames: Option<String>,
    /// What voters may see: `none`, the first bytes (`bytes:<n>`) or the first rows of a table (`rows:<n>`). By default,
    /// as many bytes as the server shows at most.
    #[schema(
        value_type = String,
        required = false,
        pattern = "^(none|bytes:([1-9][0-9]{0,8}|1000000000)|rows:([1-9][0-9]{0,2}|1000))?$"
    )]
    preview: Option<String>,
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Hash, Listing};

    #[test]
    fn every_field_of_a_listing_is_there_whether_it_has_a_value_or_not() {
        let bare = Listing { listing_hash: Hash::ZERO, metadata: Default::default(), content: None };
        let json = serde_json::to_string(&ListingBody::new(&bare, None)).unwrap();
        let hash = Hash::ZERO;
        assert_eq!(
            json,
            format!(
                r#"{{"title":null,"description":null,"license":null,"listing_hash":"{hash}","file_type":null,"tags":[],"owner":null,"size":null,"supply":null}}"#
            )
        );
    }
}
