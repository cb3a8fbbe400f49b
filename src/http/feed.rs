//! The newest listings as an Atom feed (RFC 4287).

use std::io;

use actix_web::{HttpRequest, web};
use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::error::{HttpResult, Problem};
use super::query::Query;
use super::selection::SearchParams;
use super::{CONSOLE_PATH, page};
use crate::domain::Timestamp;
use crate::service::listings::{self, FeedItem};
use crate::service::read_model::etag;
use crate::service::{Context, Policy};

/// The path of the feed.
pub(super) const PATH: &str = "/feed.atom";
const MEDIA_TYPE: &str = "application/atom+xml";
const NAMESPACE: &str = "http://www.w3.org/2005/Atom";

/// Follow new listings as an Atom feed
///
/// The 50 newest live listings that match. `sort`, `limit` and `cursor` have no effect.
#[utoipa::path(
    get,
    path = PATH,
    tag = "listings",
    params(SearchParams),
    responses(
        (status = 200, body = String, content_type = "application/atom+xml"),
        (status = 304, description = "The client already has it"),
        (status = 400, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn atom(
    ctx: web::Data<Context>,
    query: Query<SearchParams>,
    request: HttpRequest,
) -> HttpResult {
    let items = listings::feed(&ctx, query.0.query()?).await?;
    let site = Site::of(&ctx.policy);
    let body = site.feed(request.query_string(), &items);
    page::tagged_as(MEDIA_TYPE, &request, &etag(&body), &body.into()).await
}

/// The server under its public name.
struct Site {
    name: String,
    /// With scheme.
    url: String,
}

impl Site {
    fn of(policy: &Policy) -> Self {
        let scheme = if policy.insecure_sign_in { "http" } else { "https" };
        Site { name: policy.dns_name.clone(), url: format!("{scheme}://{}", policy.dns_name) }
    }

    #[expect(clippy::expect_used, reason = "writing to memory cannot fail")]
    fn feed(&self, query: &str, items: &[FeedItem]) -> Vec<u8> {
        let mut out = Writer::new(Vec::from(&b"<?xml version=\"1.0\" encoding=\"utf-8\"?>"[..]));
        self.write(&mut out, query, items).expect("writing to memory");
        out.into_inner()
    }

    fn write(&self, out: &mut Writer<Vec<u8>>, query: &str, items: &[FeedItem]) -> io::Result<()> {
        let question = if query.is_empty() { String::new() } else { format!("?{query}") };
        let own = format!("{}{PATH}{question}", self.url);
        let updated = items.iter().map(|item| item.listed).max().unwrap_or(Timestamp::from_seconds(0));
        out.create_element("feed").with_attribute(("xmlns", NAMESPACE)).write_inner_content(|out| {
            text(out, "id", &own)?;
            text(out, "title", &format!("New files at {}", self.name))?;
            text(out, "updated", &updated.to_string())?;
            link(out, "self", &own)?;
            link(out, "alternate", &format!("{}{}/browse{question}", self.url, CONSOLE_PATH))?;
            items.iter().try_for_each(|item| self.entry(out, item))
        })?;
        Ok(())
    }

    fn entry(&self, out: &mut Writer<Vec<u8>>, item: &FeedItem) -> io::Result<()> {
        let FeedItem { listing, listed } = item;
        let metadata = &listing.metadata;
        let page = format!("{}{}/listings/{}", self.url, CONSOLE_PATH, listing.listing_hash);
        let hash = listing.listing_hash.to_string();
        out.create_element("entry").write_inner_content(|out| {
            // A hash can be listed again: each time is an entry of its own.
            text(out, "id", &format!("{page}#{}", listed.seconds()))?;
            text(out, "title", metadata.title.as_deref().unwrap_or(&hash))?;
            text(out, "updated", &listed.to_string())?;
            link(out, "alternate", &page)?;
            let author = metadata.owner.map_or(self.name.clone(), |owner| owner.to_string());
            out.create_element("author").write_inner_content(|out| text(out, "name", &author))?;
            text(out, "summary", metadata.description.as_deref().unwrap_or_default())?;
            metadata.tags.iter().try_for_each(|tag| {
                let term = readable(tag);
                out.create_element("category").with_attribute(("term", term.as_str())).write_empty().map(drop)
            })
        })?;
        Ok(())
    }
}

fn text(out: &mut Writer<Vec<u8>>, name: &str, value: &str) -> io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(&readable(value))).map(drop)
}

fn link(out: &mut Writer<Vec<u8>>, relation: &str, target: &str) -> io::Result<()> {
    out.create_element("link").with_attributes([("rel", relation), ("href", target)]).write_empty().map(drop)
}

/// XML has no control characters and two characters less than Unicode, not even escaped ones; rows may have them.
fn readable(text: &str) -> String {
    let is_fit = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    text.chars().filter(is_fit).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Hash, Listing, Metadata};

    #[test]
    fn markup_is_escaped_and_control_characters_are_left_out() {
        let metadata = Metadata {
            title: Some("<b>A & B</b>\u{1}\u{ffff}\u{fffe}".to_owned()),
            tags: vec!["a\"b".to_owned()],
            ..Metadata::default()
        };
        let listing = Arc::new(Listing { listing_hash: Hash::keccak("a"), metadata, content: None });
        let item = FeedItem { listing, listed: Timestamp::from_seconds(1_600_000_000) };
        let site = Site { name: "market.example".to_owned(), url: "https://market.example".to_owned() };
        let feed = String::from_utf8(site.feed("q=a&tag=b", &[item])).unwrap();
        for part in [
            "<title>&lt;b&gt;A &amp; B&lt;/b&gt;</title>",
            "<category term=\"a&quot;b\"/>",
            "href=\"https://market.example/feed.atom?q=a&amp;tag=b\"",
            "<updated>2020-09-13T12:26:40.000Z</updated>",
        ] {
            assert!(feed.contains(part), "{part} is not in {feed}");
        }
    }
}
