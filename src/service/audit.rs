//! The audit trail: every decision about money or access, as a log line chained to the previous one.
//!
//! An entry contains its process, its number in that process, and the digest of the previous entry. Whoever keeps the
//! log can therefore tell whether an entry is missing or was changed ([`verify`]). The server does not store the trail
//! itself, because anyone can cause any number of refusals.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ServiceError;
use crate::domain::{AUDIT_LOG, Address, Timestamp};

/// The names of the fields of the log lines.
const ENTRY: &str = "audit.entry";
const DIGEST: &str = "audit.digest";

/// This process's trail.
pub struct Audit {
    process: String,
    last: Mutex<Last>,
}

struct Last {
    number: u64,
    digest: String,
}

/// A decision to be recorded.
struct Decision<'a, F> {
    time: Timestamp,
    /// The account that asked.
    who: Address,
    /// What was decided on, such as `download`.
    what: &'static str,
    /// The facts behind the decision.
    facts: F,
    /// `granted`, or why not.
    outcome: &'a str,
}

/// A decision in the trail.
#[derive(Serialize)]
struct Entry<'a, F> {
    process: &'a str,
    number: u64,
    /// The digest of the previous entry; for the first entry, that of the process's name.
    previous: &'a str,
    time: Timestamp,
    who: Address,
    what: &'a str,
    facts: &'a F,
    outcome: &'a str,
}

/// What [`verify`] needs of an entry.
#[derive(Deserialize)]
struct Link {
    process: String,
    number: u64,
    previous: String,
}

impl Audit {
    pub fn new(process: &str) -> Self {
        let last = Last { number: 0, digest: digest(process) };
        Audit { process: process.to_owned(), last: Mutex::new(last) }
    }

    /// Records what was decided for `who`. An unavailable store or node is no decision.
    pub fn decided<T>(
        &self,
        time: Timestamp,
        who: Address,
        what: &'static str,
        facts: impl Serialize,
        outcome: &Result<T, ServiceError>,
    ) {
        count(what, outcome);
        match outcome {
            Ok(_) => self.granted(time, who, what, facts),
            Err(ServiceError::Unavailable { .. }) => {}
            Err(error) => {
                let outcome = &format!("refused: {error}");
                self.record(&Decision { time, who, what, facts, outcome });
            }
        }
    }

    /// Records that `who` got what they asked for.
    pub fn granted(&self, time: Timestamp, who: Address, what: &'static str, facts: impl Serialize) {
        self.record(&Decision { time, who, what, facts, outcome: "granted" });
    }

    fn record(&self, decision: &Decision<'_, impl Serialize>) {
        if let Some((text, digest)) = self.chained(decision) {
            let what = decision.what;
            tracing::info!(target: AUDIT_LOG, { audit.entry = text, audit.digest = digest }, "decided: {what}");
        }
    }

    /// The entry that follows the last one, and its digest. Entries may be logged in another order, so that nobody waits
    /// while the log is written.
    fn chained(&self, decision: &Decision<'_, impl Serialize>) -> Option<(String, String)> {
        let Decision { time, who, what, facts, outcome } = decision;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = Entry {
            process: &self.process,
            number: last.number,
            previous: &last.digest,
            time: *time,
            who: *who,
            what,
            facts,
            outcome,
        };
        let text = serde_json::to_string(&entry).ok()?;
        let digest = digest(&text);
        *last = Last { number: last.number + 1, digest: digest.clone() };
        Some((text, digest))
    }
}

/// Counts a decision for the metrics.
pub(super) fn count<T>(what: &'static str, outcome: &Result<T, ServiceError>) {
    let outcome = match outcome {
        Ok(_) => "granted",
        Err(ServiceError::Unavailable { .. }) => "unavailable",
        Err(_) => "refused",
    };
    metrics::counter!("capi_decisions_total", "decision" => what, "outcome" => outcome).increment(1);
}

/// What [`verify`] found for one process.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub entries: usize,
    /// The findings, in the order of the entries.
    pub faults: Vec<String>,
}

/// Checks the trail in the lines of a JSON log, which may come from several processes and contain other lines.
pub fn verify(lines: impl Iterator<Item = String>) -> BTreeMap<String, Verdict> {
    let mut trails: BTreeMap<String, BTreeMap<u64, (Link, String)>> = BTreeMap::new();
    let mut verdicts: BTreeMap<String, Verdict> = BTreeMap::new();
    for line in lines {
        let Some((text, claimed)) = recorded(&line) else { continue };
        match serde_json::from_str::<Link>(&text) {
            Ok(entry) => {
                let verdict = verdicts.entry(entry.process.clone()).or_default();
                let digest = digest(&text);
                if digest != claimed {
                    verdict.faults.push(format!("entry {} was changed", entry.number));
                }
                trails.entry(entry.process.clone()).or_default().insert(entry.number, (entry, digest));
            }
            Err(error) => {
                let verdict = verdicts.entry("unknown".to_owned()).or_default();
                verdict.faults.push(format!("an entry cannot be read: {error}"));
            }
        }
    }
    for (process, trail) in trails {
        let verdict = verdicts.entry(process.clone()).or_default();
        verdict.entries = trail.len();
        verdict.faults.extend(broken_links(&process, &trail));
    }
    verdicts
}

/// Describes a gap in the trail, or an entry that does not follow from the previous one.
fn broken_links(process: &str, trail: &BTreeMap<u64, (Link, String)>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expected = (0, digest(process));
    for (number, (entry, digest)) in trail {
        let (next, previous) = expected;
        if *number != next {
            faults.push(format!("entries {next} to {} are missing", number - 1));
        } else if entry.previous != previous {
            faults.push(format!("entry {number} does not follow from the one before it"));
        }
        expected = (number + 1, digest.clone());
    }
    faults
}

/// The entry and its digest in a line of the log, if there is one.
fn recorded(line: &str) -> Option<(String, String)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |name| line.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((text(ENTRY)?, text(DIGEST)?))
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The lines of a trail, as in a JSON log.
    fn trail(process: &str, entries: u64) -> Vec<String> {
        let mut previous = digest(process);
        (0..entries)
            .map(|number| {
                let entry = Entry {
                    process,
                    number,
                    previous: &previous,
                    time: Timestamp(number),
                    who: Address::ZERO,
                    what: "download",
                    facts: &json!({ "size": number }),
                    outcome: "granted",
                };
                let text = serde_json::to_string(&entry).unwrap();
                previous = digest(&text);
                json!({ "level": "INFO", ENTRY: text, DIGEST: previous }).to_string()
            })
            .collect()
    }

    fn faults(lines: Vec<String>) -> Vec<String> {
        verify(lines.into_iter()).into_values().flat_map(|verdict| verdict.faults).collect()
    }

    #[test]
    fn a_whole_trail_is_found_whole_among_other_lines_and_in_any_order() {
        let mut lines = [trail("a", 3), trail("b", 2), vec!["no json".to_owned(), "{}".to_owned()]].concat();
        lines.reverse();
        let verdicts = verify(lines.into_iter());
        assert_eq!(verdicts["a"], Verdict { entries: 3, faults: vec![] });
        assert_eq!(verdicts["b"].entries, 2);
    }

    #[test]
    fn a_missing_entry_is_detected() {
        let mut lines = trail("a", 5);
        lines.drain(1..3);
        assert_eq!(faults(lines), ["entries 1 to 2 are missing"]);
        assert_eq!(faults(trail("a", 3).split_off(1)), ["entries 0 to 0 are missing"]);
    }

    #[test]
    fn a_changed_entry_is_detected_even_if_its_digest_was_recomputed() {
        let mut lines = trail("a", 3);
        lines[1] = lines[1].replace("granted", "refused");
        assert_eq!(
            faults(lines.clone()),
            ["entry 1 was changed", "entry 2 does not follow from the one before it"]
        );
        let (text, _) = recorded(&lines[1]).unwrap();
        lines[1] = json!({ ENTRY: text, DIGEST: digest(&text) }).to_string();
        assert_eq!(faults(lines), ["entry 2 does not follow from the one before it"]);
    }
}
