//! Parts of the API description that several endpoints share.

use utoipa::IntoParams;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema};

/// An integer of any size.
pub(super) fn whole_number() -> RefOr<Schema> {
    integer([schema::Type::Integer])
}

/// An integer of any size, or null.
pub(super) fn whole_number_or_null() -> RefOr<Schema> {
    integer([schema::Type::Integer, schema::Type::Null])
}

fn integer<const N: usize>(types: [schema::Type; N]) -> RefOr<Schema> {
    let types = match types.as_slice() {
        [only] => schema::SchemaType::Type(only.clone()),
        several => schema::SchemaType::Array(several.to_vec()),
    };
    ObjectBuilder::new().schema_type(types).minimum(Some(0)).into()
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes values that are read one by one")]
pub(super) struct Blocks {
    /// Only what this account owns.
    owner: Option<String>,
    /// First block, 0 when not given.
    #[param(rename = "from-block", minimum = 0)]
    from_block: Option<u64>,
    /// Last block, the newest when not given.
    #[param(rename = "to-block", minimum = 0)]
    to_block: Option<u64>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes values that are read one by one")]
pub(super) struct Search {
    /// Only what carries this tag.
    tag: Option<String>,
    /// Words that all occur in the title, the description or the tags, whatever their case and accents. The beginning of
    /// a word will do.
    q: Option<String>,
    /// `chain` (as listed), `newest`, or `relevance` (what fits `q` best).
    sort: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes values that are read one by one")]
pub(super) struct Paging {
    /// Answers in pages of at most so many.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "read parameter by parameter; this describes them")]
pub(super) struct Pages {
    /// Items on a page, 100 when not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes values that are read one by one")]
pub(super) struct FileConditions {
    /// One range of bytes, such as `bytes=0-1023`.
    #[param(rename = "Range")]
    range: Option<String>,
    /// The range counts only if the file is still the one with this entity tag.
    #[param(rename = "If-Range")]
    if_range: Option<String>,
    /// 304 if the file is the one with this entity tag.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}
