//! Everything that the protocol offers to makers, voters and buyers, command by command.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::program::{DevMarket, capi, directory, fail, succeed};
use super::story::{listed, text, upload, write};

fn code(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn several_listings_are_bought_under_one_delivery() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let (one, two) = (write(directory.path(), "one.bin", 3000), write(directory.path(), "two.bin", 5000));
    let hashes = [listed(&market, "one.bin"), listed(&market, "two.bin")];
    fs::create_dir(directory.path().join("bought")).unwrap();

    let dry = market.run(&["market", "buy", &hashes[0], &hashes[1], "-o", "bought", "--dry-run"]);
    assert_eq!((&dry["bytes"], &dry["price"]), (&json!(8000), &json!(800_000_000_000_000_u64)));
    let buy = |options: &[&str]| {
        let mut command = capi(directory.path());
        command.args(["market", "buy", &hashes[0], &hashes[1]]).args(options);
        command
    };
    let (stopped, line) = code(&mut buy(&["-o", "bought", "--max-price", "0.0001"]));
    assert!(stopped == 4 && line.contains("above --max-price"), "{line}");
    let (usage, line) = code(&mut buy(&["-o", "nowhere"]));
    assert!(usage == 2 && line.contains("must be an existing directory"), "{line}");
    let held = market.run(&["market", "balance", "--as", "buyer"])["balances"]["cet"].clone();

    let bought = market.run(&["market", "buy", &hashes[0], "-o", "bought/one", "--max-price", "1"]);
    assert_eq!(fs::read(directory.path().join("bought/one")).unwrap(), one);
    assert_ne!(market.run(&["market", "balance", "--as", "buyer"])["balances"]["cet"], held);
    assert_eq!(bought["files"][0]["verified_by"], "chain");
    let output = buy(&["-o", "-"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, [one, two.clone()].concat());
    let again = market.run(&["market", "get", &hashes[1], "-o", "bought/two"]);
    assert_eq!(fs::read(directory.path().join("bought/two")).unwrap(), two);
    assert_eq!(again["verified_by"], "chain");
    market.stop();
}

#[test]
fn a_maker_takes_the_earnings_and_a_voter_the_stake() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    write(directory.path(), "file.bin", 4000);
    let listing = listed(&market, "file.bin");
    market.run(&["market", "buy", &listing, "-o", "copy"]);
    super::program::until("nothing is earned", || {
        market.run(&["market", "earnings"])[0]["unclaimed"] == json!(100_000_000_000_000_u64)
    });
    let claimed = market.run(&["market", "claim", "--all"]);
    assert_eq!(claimed[0]["listing_hash"], json!(listing));
    let (_, nothing) = fail(capi(directory.path()).args(["market", "claim", &listing]));
    assert!(nothing.ends_with("has nothing to claim"), "{nothing}");
    let supply = market.run(&["market", "earnings"])[0]["supply"].clone();
    assert!(supply.as_u64() > Some(250_000_000_000_000), "{supply}");
    let withdrawn = market.run(&["market", "withdraw", "listing", &listing, "--amount", "0.0001"]);
    assert_eq!(withdrawn["amount"], 100_000_000_000_000_u64);

    let stakes = market.run(&["market", "unstake", "--as", "voter"]);
    assert_eq!((&stakes[0]["hash"], &stakes[0]["releasable"]), (&json!(listing), &json!(true)));
    assert_eq!(market.run(&["market", "unstake", "--all"])[0]["amount"], stakes[0]["amount"]);
    assert_eq!(market.run(&["market", "unstake", "--all"]), json!([]));

    let history = market.run(&["market", "history", "--as", "voter"]);
    assert_eq!(history["votes"][0]["outcome"], "passed");
    assert!(market.run(&["market", "exit", &listing, "--yes"])["transaction"].is_string());
    assert_eq!(market.run(&["market", "ls"]), json!([]));
    market.stop();
}

#[test]
fn a_challenge_asks_first_and_a_removed_file_stays_the_buyers() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let bytes = write(directory.path(), "file.bin", 2000);
    let listing = listed(&market, "file.bin");
    market.run(&["market", "buy", &listing, "-o", "copy"]);
    assert_eq!(market.run(&["market", "verify", "copy", &listing])["matches"], true);

    let refused = |arguments: &[&str]| {
        let (exit, line) = code(capi(directory.path()).args(arguments));
        assert!(exit == 4 && line.contains("Add --yes"), "{line}");
    };
    refused(&["market", "challenge", &listing]);
    let challenge = market.run(&["market", "challenge", &listing, "--yes"]);
    assert_eq!(challenge["kind"], "challenge");
    refused(&["market", "vote", &listing, "--as", "voter2"]);
    market.run(&["market", "vote", &listing, "--as", "voter2", "--yes"]);
    refused(&["market", "vote", &listing, "--as", "voter2"]);
    let shown = market.run(&["market", "show", &listing]);
    assert_eq!((&shown["poll"]["kind"], &shown["poll"]["yea"]), (&json!("challenge"), &json!(1)));
    market.run(&["dev", "pass-time", "101"]);
    assert_eq!(market.run(&["market", "resolve", &listing])["passed"], true);
    assert_eq!(market.run(&["market", "ls"]), json!([]));

    let again = market.run(&["market", "get", &listing, "-o", "again"]);
    assert_eq!(again["verified_by"], "server", "{again}");
    assert_eq!(fs::read(directory.path().join("again")).unwrap(), bytes);
    let (_, line) = fail(capi(directory.path()).args(["market", "verify", "again", &listing]));
    assert!(line.contains("has no data hash"), "{line}");
    market.stop();
}

#[test]
fn market_tokens_are_bought_burned_and_vote_on_parameters() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let dry = market.run(&["market", "support", "0.5", "--dry-run"]);
    let supported = market.run(&["market", "support", "0.5"]);
    assert_eq!((&supported["minted"], &dry["transaction"]), (&dry["minted"], &Value::Null));

    let (_, bounds) = fail(capi(directory.path()).args(["market", "propose", "spread", "99"]));
    assert!(bounds.contains("spread must be at least 100"), "{bounds}");
    let proposed = market.run(&["market", "propose", "cost-per-byte", "200000000000"]);
    let hash = text(&proposed["hash"]);
    let polls = market.run(&["market", "ls", "--kind", "reparam"]);
    assert_eq!(polls[0]["parameter"]["name"], "cost_per_byte");
    market.run(&["market", "vote", &hash, "--as", "voter2"]);
    market.run(&["dev", "pass-time", "101"]);
    assert_eq!(market.run(&["market", "resolve", &hash])["passed"], true);
    assert_eq!(market.run(&["market", "params"])["parameters"]["cost_per_byte"], 200_000_000_000_u64);
    assert_eq!(market.run(&["market", "price", "1000"])["total"], 200_000_000_000_000_u64);

    let (exit, _) = code(capi(directory.path()).args(["market", "withdraw", "reserve", "--as", "voter2"]));
    assert_eq!(exit, 4);
    market.run(&["market", "withdraw", "reserve", "--as", "voter2", "--yes"]);
    let after = market.run(&["market", "balance", "--as", "voter2"]);
    assert_eq!(after["balances"]["cmt"], 0);
    let ether = market.run(&["market", "withdraw", "ether", "--amount", "0.5", "--as", "voter2"]);
    assert_eq!(ether["amount"], 500_000_000_000_000_000_u64);
    market.run(&["admin", "withdraw", "--amount", "0.1"]);
    market.stop();
}

#[test]
fn reading_needs_nothing_but_a_server() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    write(directory.path(), "file.bin", 10);
    let listing = text(&upload(&market, "file.bin")["listing_hash"]);
    let elsewhere = super::program::directory();
    let api = text(&market.said["api"]);
    let read = |arguments: &[&str]| succeed(elsewhere.path(), &[arguments, &["--api", &api]].concat());
    assert_eq!(read(&["market", "ls", "--candidates"])[0]["listing_hash"], json!(listing));
    assert_eq!(read(&["market", "show", &listing])["poll"]["kind"], "application");
    assert_eq!(read(&["market", "params"])["chain_id"], 31337);
    assert_eq!(read(&["market", "price"])["bytes"], 1_000_000);
    let account = text(&market.said["accounts"][2]["address"]);
    assert_eq!(read(&["market", "balance", &account])["address"], json!(account));
    assert_eq!(read(&["market", "history", &account])["listings"][0]["listing_hash"], json!(listing));
    let (exit, line) = code(capi(elsewhere.path()).args(["market", "vote", &listing, "--api", &api]));
    assert!(exit == 2 && line.contains("no account"), "{line}");
    market.stop();
}

#[test]
fn a_new_market_is_filled_and_told_again() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    let seeded = market.run(&["dev", "seed"]);
    assert_eq!(seeded["listings"].as_array().unwrap().len(), 3);
    assert_eq!(market.run(&["market", "ls"]).as_array().unwrap().len(), 3);
    assert_eq!(market.run(&["market", "ls", "--candidates"])[0]["listing_hash"], seeded["candidates"][0]);
    assert_eq!(market.run(&["dev", "info"]), market.said);
    market.run(&["dev", "seed"]);
    market.stop();
}

#[test]
fn a_key_is_kept_encrypted_and_used() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    fs::write(directory.path().join("password"), "correct horse\n").unwrap();
    fs::write(directory.path().join("plain"), text(&market.said["accounts"][2]["key"])).unwrap();
    let password = ["--password-file", "password"];
    let made = succeed(directory.path(), &[&["key", "new", "new.json"][..], &password].concat());
    let shown = succeed(directory.path(), &[&["key", "show", "new.json"][..], &password].concat());
    assert_eq!(made["address"], shown["address"]);
    let imported = succeed(
        directory.path(),
        &[&["key", "import", "maker.json", "--from", "plain"][..], &password].concat(),
    );
    assert_eq!(imported["address"], market.said["accounts"][2]["address"]);
    let kept = fs::read_to_string(directory.path().join("maker.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap()["version"], 3);
    let used = market.run(&[&["market", "balance", "--key-file", "maker.json"][..], &password].concat());
    assert_eq!(used["address"], imported["address"]);

    let (_, twice) = fail(capi(directory.path()).args(["key", "new", "new.json"]).args(password));
    assert!(twice.ends_with("already exists: name another file"), "{twice}");
    fs::write(directory.path().join("password"), "wrong\n").unwrap();
    let (_, wrong) = fail(capi(directory.path()).args(["key", "show", "new.json"]).args(password));
    assert!(wrong.contains("wrong password"), "{wrong}");
    market.stop();
}

#[test]
fn packages_get_completions_and_manual_pages() {
    let directory = directory();
    for shell in ["bash", "zsh", "fish"] {
        let output = capi(directory.path()).args(["manual", "completions", shell]).output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("capi"), "{shell}");
    }
    assert!(capi(directory.path()).args(["manual", "pages", "man"]).status().unwrap().success());
    assert!(directory.path().join("man/capi-market-vote.1").exists());
    let version = capi(directory.path()).arg("--version").output().unwrap();
    assert!(String::from_utf8(version.stdout).unwrap().starts_with("capi 0."));
}

#[test]
fn changes_are_printed_as_they_happen_and_again_from_a_position() {
    let directory = directory();
    let market = DevMarket::up(directory.path());
    write(directory.path(), "file.bin", 100);
    let listing = upload(&market, "file.bin")["listing_hash"].as_str().unwrap().to_owned();
    let watch = |options: &[&str]| {
        let mut command = capi(directory.path());
        command.args(["market", "watch", "--json"]).args(options);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let all = watch(&[&listing, "--after", "0-0", "--count", "2"]);
    assert!(all.iter().all(|change| change["hash"] == json!(listing)), "{all:?}");
    assert!(all[0]["at"]["transaction"].is_string() && all[0]["kind"] != "head", "{all:?}");
    let rest = watch(&[&listing, "--after", all[0]["id"].as_str().unwrap(), "--count", "1"]);
    assert_eq!(rest[0], all[1]);

    let mut command = capi(directory.path());
    let mut live = command.args(["market", "watch", "--kind", "head", "--count", "1"]).spawn().unwrap();
    super::program::until("no block is shown", || {
        market.run(&["dev", "mine", "1"]);
        live.try_wait().unwrap().is_some()
    });
    assert!(live.wait().unwrap().success());
    let (refused, line) = code(capi(directory.path()).args(["market", "watch", "--after", "yesterday"]));
    assert!(refused == 1 && line.contains("after"), "{line}");
    market.stop();
}
