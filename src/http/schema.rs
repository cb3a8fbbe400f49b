//! Schemas that several endpoints share.

use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema, schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::service::read_model::Order;

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

/// A number that is read as `u64`.
pub(super) fn any_u64() -> RefOr<Schema> {
    u64_from(0)
}

fn u64_from(minimum: u64) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(schema::Type::Integer)
        .format(Some(schema::SchemaFormat::Custom("uint64".into())))
        .minimum(Some(minimum))
        .maximum(Some(u64::MAX))
        .into()
}

/// The order of listings.
fn order() -> RefOr<Schema> {
    one_of(Order::NAMES)
}

/// The figure of a series.
pub(super) fn figure() -> RefOr<Schema> {
    one_of(["price", "reserve", "supply", "listings", "bytes", "buyers", "earnings"])
}

/// The interval of a series.
pub(super) fn interval() -> RefOr<Schema> {
    one_of(["hour", "day", "week"])
}

/// A position in the chain as text: block and log index.
pub(super) fn position() -> RefOr<Schema> {
    text().pattern(Some("^[0-9]{1,19}-[0-9]{1,9}$")).examples(["1024-3"]).into()
}

/// The position of an event, and the beginning of its block's hash, if the server knew it.
pub(super) fn event_id() -> RefOr<Schema> {
    text().pattern(Some("^[0-9]{1,19}-[0-9]{1,9}(-[0-9a-f]{8})?$")).examples(["1024-3-8f2a0c71"]).into()
}

fn hash_or_address() -> RefOr<Schema> {
    text().pattern(Some("^(0[xX])?([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")).into()
}

/// A position, the number of items before the page, or a sort order with a value and a position.
fn cursor() -> RefOr<Schema> {
    const POSITION: &str = "[0-9]{1,19}-[0-9]{1,9}";
    let value = r"-?(size|supply)\.[0-9]{0,39}|-?title\.([0-9a-f]{2}){0,80}";
    let pattern = format!(r"^({POSITION}|after-[0-9]{{1,19}}|({value})\.{POSITION})$");
    text().pattern(Some(pattern)).examples(["1024-3"]).into()
}

/// The digest of a part: its algorithm, a space, and Base64 without stray bits.
fn checksum() -> RefOr<Schema> {
    const END: &str = "[AEIMQUYcgkosw048]=";
    let pattern = format!(
        "^(sha1 [A-Za-z0-9+/]{{26}}{END}|sha256 [A-Za-z0-9+/]{{42}}{END}|md5 [A-Za-z0-9+/]{{21}}[AQgw]==)$"
    );
    text().pattern(Some(pattern)).examples(["sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00="]).into()
}

/// Names of fields with their values in Base64.
fn metadata() -> RefOr<Schema> {
    const FIELD: &str = "[a-z0-9_]+( [A-Za-z0-9+/=]*)?";
    text().pattern(Some(format!("^{FIELD}(, ?{FIELD})*$"))).into()
}

/// The kind of an event in the stream.
pub(super) fn event() -> RefOr<Schema> {
    one_of(["listing", "poll", "delivery", "account", "head", "rollback"])
}

/// The JSON of a `ChangeBody` in a text.
pub(super) fn change_as_text() -> RefOr<Schema> {
    let body: RefOr<Schema> = RefOr::Ref(Ref::from_schema_name("ChangeBody"));
    text().content_media_type("application/json").content_schema(Some(body)).into()
}

/// A kind in a path. As a pattern, because clients pass on what they find in addresses.
fn kinds(names: &str) -> RefOr<Schema> {
    text().pattern(Some(format!("^({names})$"))).into()
}

/// Kinds separated by commas.
fn several_kinds() -> RefOr<Schema> {
    const KIND: &str = "(application|challenge|reparam|registration)";
    text().pattern(Some(format!("^{KIND}(,{KIND})*$"))).examples(["reparam,registration"]).into()
}

fn only_true() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(schema::Type::Boolean).enum_values(Some([true])).into()
}

/// Bytes that a client sends.
fn bytes() -> RefOr<Schema> {
    text().format(Some(schema::SchemaFormat::KnownFormat(schema::KnownFormat::Binary))).into()
}

/// Bytes of any media type: as `string`, a file of JSON would not match.
fn file() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(schema::SchemaType::AnyValue).into()
}

/// Types that stand for schemas in parameters and bodies. With `schema_with`, a parameter loses its description, and
/// whether it is required.
macro_rules! stand_ins {
    ($($name:ident => $schema:expr;)*) => {$(
        pub(super) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema
            }
        }

        impl ToSchema for $name {}
    )*};
}

stand_ins! {
    HashText => hash();
    AddressText => address();
    U64 => any_u64();
    PositiveU64 => u64_from(1);
    PositionText => position();
    EventIdText => event_id();
    HashOrAddressText => hash_or_address();
    CursorText => cursor();
    OrderName => order();
    FigureName => figure();
    IntervalName => interval();
    TopicName => one_of(["listing", "poll", "delivery", "account", "head"]);
    PollKind => kinds("challenge|reparam|registration");
    CandidateKind => kinds("application|challenge|reparam|registration");
    KindsText => several_kinds();
    True => only_true();
    TusVersion => one_of(["1.0.0"]);
    ChecksumText => checksum();
    MetadataText => metadata();
    PartBytes => bytes();
    FileBytes => file();
}

fn one_of<const N: usize>(names: [&'static str; N]) -> RefOr<Schema> {
    text().enum_values(Some(names)).into()
}

/// Any text.
pub(super) fn any_text() -> RefOr<Schema> {
    text().into()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(schema::Type::String)
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents headers that are read by their names")]
pub(super) struct RangeHeaders {
    /// One range of bytes, such as `bytes=0-1023`.
    #[param(rename = "Range", value_type = String, required = false)]
    range: Option<String>,
    /// Apply the range only if the file still has this entity tag.
    #[param(rename = "If-Range", value_type = String, required = false)]
    if_range: Option<String>,
}
