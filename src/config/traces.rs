//! Where traces go.

use std::fmt;

use url::Url;

use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, parse, public_part};

#[derive(Clone)]
pub struct TraceSettings {
    /// The collector's base address.
    pub endpoint: Url,
    /// The part of the traces that is recorded, from 0 to 1.
    pub ratio: f64,
}

impl TraceSettings {
    /// `None` if no collector is configured.
    pub(super) fn if_given(layers: &Layers) -> Result<Option<Self>, SettingsError> {
        let Some(endpoint) = layers.optional(&OTLP_ENDPOINT)? else { return Ok(None) };
        Ok(Some(TraceSettings { endpoint, ratio: layers.required(&TRACE_RATIO)? }))
    }
}

impl fmt::Debug for TraceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceSettings")
            .field("endpoint", &public_part(&self.endpoint))
            .field("ratio", &self.ratio)
            .finish()
    }
}

pub(super) static SETTINGS: &[&dyn Definition] = &[&OTLP_ENDPOINT, &TRACE_RATIO];

static OTLP_ENDPOINT: Setting<Url> = Setting {
    name: "OTLP_ENDPOINT",
    meaning: "the base address of an OpenTelemetry collector: traces go to its `/v1/traces`, as protobuf over HTTP; it \
              may contain a name and a password. Without it, nothing is traced",
    expected: "an http or https address",
    fallback: Fallback::Unset,
    display: Display::Addresses,
    parse: parse::web_address,
};

static TRACE_RATIO: Setting<f64> = Setting {
    name: "TRACE_RATIO",
    meaning: "the part of the traces that is recorded; a request with a `traceparent` header is recorded if that says so",
    expected: "a number from 0 to 1, such as 0.05",
    fallback: Fallback::Text("1"),
    display: Display::Whole,
    parse: |text| parse::exactly(text).filter(|ratio| (0.0..=1.0).contains(ratio)),
};
