//! Schemas that several endpoints share.

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

/// A hash, with or without `0x`.
pub(super) fn hash() -> RefOr<Schema> {
    hex_digits(64)
}

/// An address, with or without `0x`.
pub(super) fn address() -> RefOr<Schema> {
    hex_digits(40)
}

fn hex_digits(digits: u32) -> RefOr<Schema> {
    text().pattern(Some(format!("^(0x)?[0-9a-fA-F]{{{digits}}}$"))).into()
}

/// A block number.
pub(super) fn block_number() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(schema::Type::Integer)
        .format(Some(schema::SchemaFormat::Custom("uint64".into())))
        .minimum(Some(0))
        .maximum(Some(u64::MAX))
        .into()
}

/// The order of listings.
pub(super) fn order() -> RefOr<Schema> {
    one_of(["chain", "newest", "relevance"])
}

/// The figure of a series.
pub(super) fn figure() -> RefOr<Schema> {
    one_of(["price", "reserve", "supply", "listings", "bytes", "buyers", "earnings"])
}

/// The interval of a series.
pub(super) fn interval() -> RefOr<Schema> {
    one_of(["hour", "day", "week"])
}

/// The kind of an event.
pub(super) fn topic() -> RefOr<Schema> {
    one_of(["listing", "poll", "delivery", "account", "head"])
}

fn one_of<const N: usize>(names: [&'static str; N]) -> RefOr<Schema> {
    text().enum_values(Some(names)).into()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(schema::Type::String)
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents values that are parsed one by one")]
pub(super) struct FileConditions {
    /// One range of bytes, such as `bytes=0-1023`.
    #[param(rename = "Range")]
    range: Option<String>,
    /// Apply the range only if the file still has this entity tag.
    #[param(rename = "If-Range")]
    if_range: Option<String>,
    /// Return 304 if the file has this entity tag.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}
