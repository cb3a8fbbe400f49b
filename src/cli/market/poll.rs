//! Describes a poll and its state.

use crate::cli::format::{self, plain};
use crate::client::Poll;
use crate::domain::Kind;

/// The proposal, in one line.
pub(super) fn subject(poll: &Poll) -> String {
    let title = poll.listing.as_ref().and_then(|listing| listing.title.as_deref()).map(plain);
    let title = title.map_or_else(|| poll.hash.to_string(), |title| format!("“{title}”"));
    match poll.kind {
        Kind::Application => format!("application: list {title}"),
        Kind::Challenge => format!("challenge: remove {title} from the market"),
        Kind::Reparam => match &poll.parameter {
            Some(parameter) => {
                let name = parameter.name.as_deref().unwrap_or("an unknown parameter");
                let current =
                    parameter.current.map_or_else(String::new, |current| format!(" (now {current})"));
                format!("parameter: set {name} to {}{current}", parameter.value)
            }
            None => "parameter: unknown".to_owned(),
        },
        Kind::Registration => {
            let owner = poll.owner.map_or_else(|| "?".to_owned(), |owner| owner.to_string());
            let url = poll.url.as_deref().map_or_else(String::new, |url| format!(" at {}", plain(url)));
            format!("registration: make {owner} the backend{url}")
        }
    }
}

/// What happens when the poll passes, and when it fails.
pub(super) fn outcome(kind: Kind, passed: bool) -> &'static str {
    match (kind, passed) {
        (Kind::Application, true) => "it is listed",
        (Kind::Application, false) => "it is not listed",
        (Kind::Challenge, true) => "the listing is removed",
        (Kind::Challenge, false) => "the listing stays, and its owner gets the challenger's stake",
        (Kind::Reparam, true) => "the parameter changes",
        (Kind::Reparam, false) => "the parameter stays as it is",
        (Kind::Registration, true) => "it becomes the market's backend",
        (Kind::Registration, false) => "it does not become the market's backend",
    }
}

pub(super) fn lines(poll: &Poll) -> String {
    let state = match (poll.closed, poll.passing) {
        (false, Some(true)) => "open, would pass now",
        (false, Some(false)) => "open, would fail now",
        (false, None) => "open",
        (true, Some(true)) => "closed and passed: ready to be resolved",
        (true, Some(false)) => "closed and failed: ready to be resolved",
        (true, None) => "closed: ready to be resolved",
    };
    let needed = poll.plurality.map_or_else(String::new, |percent| format!("; {percent}% must be yea"));
    let until = format!("{} ({})", format::time(poll.vote_by), format::age(poll.vote_by, format::now()));
    [
        ("poll", subject(poll)),
        ("votes", format!("{} yea, {} nay{needed}", poll.yea, poll.nay)),
        ("closes", until),
        ("state", state.to_owned()),
        ("a vote locks", format!("{} until unstake", format::cmt(poll.stake))),
    ]
    .map(|(name, value)| format!("{name:13}{value}\n"))
    .concat()
}

pub(super) fn table(polls: &[Poll]) -> String {
    if polls.is_empty() {
        return "none".to_owned();
    }
    let row = |poll: &Poll| {
        vec![
            poll.hash.to_string(),
            poll.yea.to_string(),
            poll.nay.to_string(),
            format::age(poll.vote_by, format::now()),
            subject(poll),
        ]
    };
    format::table(&["hash", "yea", "nay", "closes", "proposal"], &polls.iter().map(row).collect::<Vec<_>>())
}
