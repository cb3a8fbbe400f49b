//! The story of a file, command by command.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::program::{DevMarket, capi, directory, fail, until};

pub(super) fn upload(market: &DevMarket, file: &str) -> Value {
    let about = ["--title", "Weather", "--description", "Rain in 2025", "--license", "MIT"];
    let mut arguments = vec!["market", "upload", file, "--tags", "rain,sun"];
    arguments.extend(about);
    market.run(&arguments)
}

/// Uploads a file and has it listed; answers the listing hash.
pub(super) fn listed(market: &DevMarket, file: &str) -> String {
    let listing = text(&upload(market, file)["listing_hash"]);
    market.run(&["market", "vote", &listing]);
    market.run(&["dev", "pass-time", "101"]);
    assert_eq!(market.run(&["market", "resolve", &listing])["passed"], true);
    listing
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(super) fn write(directory: &Path, name: &str, size: usize) -> Vec<u8> {
    let bytes: Vec<u8> = (0..size).map(|position| (position * 7 + position / 251) as u8).collect();
    fs::write(directory.join(name), &bytes).unwrap();
    bytes
}

#[test]
fn a_file_is_listed_and_sold_command_by_command() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let bytes = write(directory.path(), "rain.csv", 300_000);

    let uploaded = upload(&market, "rain.csv");
    let listing = text(&uploaded["listing_hash"]);
    assert_eq!(uploaded["size"], 300_000);
    let shown = market.run(&["market", "show", &listing]);
    assert_eq!(shown["listing"]["tags"], json!(["rain", "sun"]));
    assert_eq!(shown["listing"]["file_type"], "text/csv");
    assert_eq!(shown["poll"]["yea"], 0);
    assert_eq!(market.run(&["market", "ls"]), json!([]));
    assert_eq!(market.run(&["market", "ls", "--candidates"])[0]["listing_hash"], json!(listing));

    let voted = market.run(&["market", "vote", &listing]);
    assert_eq!(voted["yea"], true);
    let (code, early) = fail(capi(directory.path()).args(["market", "resolve", &listing]));
    assert!(code == 1 && early.contains("the poll is open for"), "{early}");
    market.run(&["dev", "pass-time", "2m"]);
    assert_eq!(market.run(&["market", "resolve", &listing])["passed"], true);

    let bought = market.run(&["market", "buy", &listing, "-o", "copy.csv"]);
    assert_eq!(bought["files"][0]["data_hash"], uploaded["data_hash"]);
    assert_eq!(bought["price"], 30_000_000_000_000_000_u64);
    assert_eq!(fs::read(directory.path().join("copy.csv")).unwrap(), bytes);
    assert!(!directory.path().join("copy.csv.part").exists());
    let again = market.run(&["market", "buy", &listing, "-o", "again.csv"]);
    assert_eq!((&again["price"], &again["files"][0]["delivery_hash"]), (&json!(0), &bought["delivery_hash"]));

    let listed = market.run(&["market", "ls", "--query", "weather"]);
    assert_eq!(listed[0]["listing_hash"], json!(listing));
    assert_eq!(listed[0]["supply"], 250_000_000_000_000_u64);

    until("the delivery is not settled", || market.run(&["admin", "transactions"]) == json!([]));
    assert_eq!(market.run(&["admin", "jobs"]), json!([]));
    assert_eq!(market.run(&["admin", "owed"]), json!([]));
    assert_eq!(market.run(&["admin", "nodes"])[0]["state"], "up");
    let charge = format!("access/{}/0/{listing}", text(&bought["delivery_hash"]));
    let shown = market.run(&["admin", "transactions", "show", &charge]);
    assert_eq!(shown["state"], "succeeded", "{shown}");
    let (_, ended) = fail(capi(directory.path()).args(["admin", "transactions", "cancel", &charge]));
    assert!(ended.contains("has already succeeded"), "{ended}");
    market.stop();
}

#[test]
fn the_demonstration_ends_with_the_datatrusts_earnings() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    write(directory.path(), "file.bin", 1000);
    for _ in 0..2 {
        let story = market.run(&["market", "demo", "file.bin"]);
        let number = |name: &str| story[name].as_u64().map(u128::from).unwrap();
        assert_eq!(story["datatrust_before"], number("datatrust_before") as u64);
        // A quarter of 1000 bytes at 10^11 wei each.
        assert_eq!(number("datatrust_after") - number("datatrust_before"), 25_000_000_000_000);
    }
    market.stop();
}

#[test]
fn an_interrupted_download_resumes_where_it_stopped() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let bytes = write(directory.path(), "file.bin", 200_000);
    let listing = listed(&market, "file.bin");
    let first = market.run(&["market", "buy", &listing, "-o", "copy"]);
    fs::remove_file(directory.path().join("copy")).unwrap();

    let etag = format!("\"{}\"", text(&first["files"][0]["data_hash"]));
    let left_behind = |etag: &str, bytes: &[u8]| {
        fs::write(directory.path().join("copy.part"), bytes).unwrap();
        fs::write(directory.path().join("copy.part.etag"), etag).unwrap();
    };
    left_behind(&etag, &bytes[..70_000]);
    let resumed = market.run(&["market", "buy", &listing, "-o", "copy"]);
    assert_eq!((&resumed["files"][0]["resumed_at"], &resumed["price"]), (&json!(70_000), &json!(0)));
    assert_eq!(fs::read(directory.path().join("copy")).unwrap(), bytes);
    fs::remove_file(directory.path().join("copy")).unwrap();

    // A part of another file is not continued.
    left_behind("\"another\"", &[0; 5000]);
    market.run(&["market", "buy", &listing, "-o", "copy"]);
    assert_eq!(fs::read(directory.path().join("copy")).unwrap(), bytes);
    fs::remove_file(directory.path().join("copy")).unwrap();

    // A part that is not what it says is thrown away.
    left_behind(&etag, &[0; 5000]);
    let (_, wrong) = fail(capi(directory.path()).args(["market", "buy", &listing, "-o", "copy"]));
    assert!(wrong.contains("has been discarded"), "{wrong}");
    assert!(!directory.path().join("copy.part").exists());
    market.run(&["market", "buy", &listing, "-o", "copy"]);
    market.stop();
}

#[test]
fn one_listing_can_be_bought_by_several_accounts_and_no_file_is_overwritten() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let bytes = write(directory.path(), "file.bin", 5000);
    let listing = listed(&market, "file.bin");
    market.run(&["market", "buy", &listing, "-o", "one"]);
    let key = text(&market.said["accounts"][4]["key"]);
    fs::write(directory.path().join("voter.key"), format!("{key}\n")).unwrap();
    let other = market.run(&["market", "buy", &listing, "-o", "two", "--key-file", "voter.key"]);
    assert_eq!(other["price"], 500_000_000_000_000_u64);
    assert_eq!(fs::read(directory.path().join("two")).unwrap(), bytes);

    let (_, taken) = fail(capi(directory.path()).args(["market", "buy", &listing, "-o", "two"]));
    assert!(taken.contains("two already exists"), "{taken}");
    market.stop();
}

#[test]
fn a_vote_can_go_against_a_listing() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    write(directory.path(), "file.bin", 10);
    let listing = text(&upload(&market, "file.bin")["listing_hash"]);
    assert_eq!(market.run(&["market", "vote", &listing, "--nay", "--as", "voter2"])["yea"], false);
    market.run(&["dev", "pass-time", "101"]);
    assert_eq!(market.run(&["market", "resolve", &listing])["passed"], false);
    let (_, gone) = fail(capi(directory.path()).args(["market", "show", &listing]));
    assert!(gone.contains("neither listed nor being voted on"), "{gone}");
    let (_, unlisted) = fail(capi(directory.path()).args(["market", "buy", &listing, "-o", "copy"]));
    assert!(unlisted.contains("is not listed"), "{unlisted}");
    market.stop();
}
