//! Where this process listens, and how it ends.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use url::Url;

use super::logs::AccessLogSettings;
use super::setting::{Definition, Display, Fallback, Setting};
use super::{Layers, SettingsError, logs, parse};

/// The placeholder for the hash in a block explorer's URL.
const TRANSACTION: &str = "{tx}";

#[derive(Clone, Debug)]
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// Where `/metrics` is served; port 0 chooses a free one; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    /// Whether metrics are written to standard output in CloudWatch's format.
    pub cloudwatch: bool,
    /// How long running downloads may take to finish after SIGTERM.
    pub drain: Duration,
    /// How long a client may stop reading a response.
    pub stall: Duration,
    /// Whether the web console is served.
    pub console: bool,
    /// Where the console's readers can look up a transaction: an address with `{tx}` in the place of its hash.
    pub explorer: Option<String>,
    pub access_log: AccessLogSettings,
}

impl ServerSettings {
    pub fn from_layers(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(ServerSettings {
            listen: listen(layers)?,
            metrics: layers.required(&METRICS_ADDR)?,
            cloudwatch: layers.required(&CLOUDWATCH_METRICS)?,
            drain: layers.required(&DRAIN_SECONDS)?,
            stall: layers.required(&STALL_SECONDS)?,
            console: layers.required(&CONSOLE)?,
            explorer: layers.optional(&EXPLORER)?,
            access_log: AccessLogSettings::from_layers(layers)?,
        })
    }
}

pub(super) fn listen(layers: &Layers) -> Result<SocketAddr, SettingsError> {
    Ok(SocketAddr::new(layers.required(&HOST)?, layers.required(&PORT)?))
}

pub(super) static SETTINGS: &[&dyn Definition] =
    &[&HOST, &PORT, &METRICS_ADDR, &CLOUDWATCH_METRICS, &DRAIN_SECONDS, &STALL_SECONDS, &CONSOLE, &EXPLORER];

static HOST: Setting<IpAddr> = Setting {
    name: "HOST",
    meaning: "the address to listen on",
    expected: "an IP address, or localhost",
    fallback: Fallback::Derived {
        documented: "`127.0.0.1` on `local`, else `0.0.0.0`",
        from: |layers| Some(if layers.is_local() { "127.0.0.1" } else { "0.0.0.0" }.into()),
    },
    display: Display::Whole,
    parse: host,
};

static PORT: Setting<u16> = Setting {
    name: "PORT",
    meaning: "the port to listen on; 0 picks a free port",
    expected: "a port number, 0 to 65535",
    fallback: Fallback::Text("5000"),
    display: Display::Whole,
    parse: parse::exactly,
};

static METRICS_ADDR: Setting<Option<SocketAddr>> = Setting {
    name: "METRICS_ADDR",
    meaning: "the address that serves `GET /metrics` in Prometheus format; never the public address",
    expected: "an address and port such as 127.0.0.1:9464, or off",
    fallback: Fallback::Derived {
        documented: "`off` on `local`, else `127.0.0.1:9464`",
        from: |layers| Some(if layers.is_local() { "off" } else { "127.0.0.1:9464" }.into()),
    },
    display: Display::Whole,
    parse: address_or_off,
};

static CLOUDWATCH_METRICS: Setting<bool> = Setting {
    name: "CLOUDWATCH_METRICS",
    meaning: "write the metrics to standard output every minute in CloudWatch's embedded metric format, in the \
        namespace `CAPI_DNS_NAME`",
    expected: "true or false",
    fallback: Fallback::Derived {
        documented: "`true` if logs are JSON and the stack is not `local`, else `false`",
        from: |layers| Some((!layers.is_local() && logs::are_json(layers)).to_string()),
    },
    display: Display::Whole,
    parse: parse::switch,
};

static DRAIN_SECONDS: Setting<Duration> = Setting {
    name: "DRAIN_SECONDS",
    meaning: "how long running downloads have to finish after SIGTERM",
    expected: "a whole number of seconds, 1 to 3600",
    fallback: Fallback::Text("60"),
    display: Display::Whole,
    parse: parse::seconds,
};

static STALL_SECONDS: Setting<Duration> = Setting {
    name: "STALL_SECONDS",
    meaning: "how long a client may stop reading before its connection is closed (Linux only)",
    expected: "a whole number of seconds, 1 to 3600",
    fallback: Fallback::Text("120"),
    display: Display::Whole,
    parse: parse::seconds,
};

static CONSOLE: Setting<bool> = Setting {
    name: "CONSOLE",
    meaning: "serve the web console at `/app`, and redirect browsers from `/` to it",
    expected: "true or false",
    fallback: Fallback::Text("true"),
    display: Display::Whole,
    parse: parse::switch,
};

static EXPLORER: Setting<String> = Setting {
    name: "EXPLORER",
    meaning: "a block explorer's page for a transaction, which the web console links to",
    expected: "an http or https URL with {tx} for the hash, such as https://etherscan.io/tx/{tx}",
    fallback: Fallback::Unset,
    display: Display::Whole,
    parse: explorer,
};

fn explorer(text: &str) -> Option<String> {
    let example = Url::parse(&text.replace(TRANSACTION, "0")).ok()?;
    let fits = text.contains(TRANSACTION) && matches!(example.scheme(), "http" | "https");
    fits.then(|| text.to_owned())
}

fn host(text: &str) -> Option<IpAddr> {
    if text == "localhost" { Some(Ipv4Addr::LOCALHOST.into()) } else { parse::exactly(text) }
}

fn address_or_off(text: &str) -> Option<Option<SocketAddr>> {
    if text == "off" { Some(None) } else { parse::exactly(text).map(Some) }
}
