//! What lists and single listings cost in requests to DynamoDB.

use capi::chain::deploy::MarketParameters;
use capi::domain::{Address, Amount, Hash, Listing, Metadata};
use capi::store::metadata;
use futures_util::future::join_all;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{hashes, list};
use crate::support::dynamodb::proxy::{Proxy, Request};
use crate::support::dynamodb::{self, new_tables, settings};
use crate::support::eventually::eventually;
use crate::support::http::{RequestBuilder, client};
use crate::support::market::{BACKEND, MAKER, Market};
use crate::support::server::TestServer;

const LISTINGS: u32 = 1000;
/// More than their transactions fill.
const BLOCKS: u64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_read_once_and_what_is_known_is_answered_without_the_table() {
    let table = new_tables().await;
    let all: Vec<Hash> = (0..LISTINGS).map(|number| Hash::keccak(number.to_be_bytes())).collect();
    let (late, described) = all.split_last().unwrap();
    describe(&table, described).await;
    let proxy = Proxy::counting();
    let store = settings(proxy.url(), &table);
    let mut server =
        TestServer::start_on(crowded_market(&all).await, |settings| settings.metadata = store).await;
    eventually("the index is in sync", async || server.get(&path(all[998])).send().await.status == 200).await;

    // A new server knows no rows. It reads them a hundred at a time, however many clients ask.
    server.stop().await;
    std::fs::remove_file(server.settings.data_dir.join("read-model.redb")).unwrap();
    proxy.take_seen();
    server.resume().await;
    assert_eq!(hashes(&list(&server, "").await), described);
    let reads = reads(&proxy);
    assert!((1..=11).contains(&reads), "{reads} requests for {LISTINGS} rows");

    // Known rows cost nothing, whatever the request, even after a restart.
    for restarted in [false, true] {
        if restarted {
            server.stop().await;
            server.resume().await;
            list(&server, "").await;
        }
        for query in [
            "",
            "?limit=100",
            "?limit=100&cursor=20-0",
            "?limit=10&tag=even",
            "?limit=10&q=0x1",
            "?limit=100&sort=title",
            "?limit=100&sort=-size&tag=even&title=0x",
            "facets",
            "facets?q=0x1&license=MIT",
        ] {
            assert_eq!(requests(&server, &proxy, &format!("/listings/{query}")).await, [""; 0], "{query}");
        }
        assert_eq!(requests(&server, &proxy, &path(all[500])).await, [""; 0]);
        // The titles are the hashes.
        let mut sorted = described.to_vec();
        sorted.sort_unstable();
        assert_eq!(pages(&server, "sort=title").await, sorted);
        let even: Vec<Hash> = sorted.iter().copied().filter(is_even).collect();
        assert_eq!(pages(&server, "sort=title&tag=even").await, even);
        let facets = server.get("/listings/facets").send().await.expect(200).json();
        let tags = json!([{ "value": "even", "count": even.len() }]);
        assert_eq!((&facets["total"], &facets["tags"]), (&json!(described.len()), &tags));
    }

    // One that is live without a row is looked up when it is asked for, and shown as soon as there is one.
    proxy.take_seen();
    let asked = join_all((0..20).map(|_| server.get(&path(*late)).send())).await;
    assert!(asked.iter().all(|reply| reply.status == 404));
    let reads = self::reads(&proxy);
    assert!(reads <= 2, "{reads} requests for one row");
    describe(&table, &[*late]).await;
    eventually("it is shown", async || server.get(&path(*late)).send().await.status == 200).await;
    assert_eq!(hashes(&list(&server, "").await), all);
    assert_eq!(requests(&server, &proxy, &path(*late)).await, [""; 0]);
}

/// All pages of a list.
async fn pages(server: &TestServer, query: &str) -> Vec<Hash> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(server, &format!("?limit=70&{query}{cursor}")).await;
        found.extend(hashes(&page));
        let Some(next) = page["next"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

fn is_even(hash: &Hash) -> bool {
    hash.bytes()[0].is_multiple_of(2)
}

/// How often rows were read since it was last asked.
fn reads(proxy: &Proxy) -> usize {
    proxy.take_seen().iter().filter(|request| request.operation == "BatchGetItem").count()
}

fn path(listing: Hash) -> String {
    format!("/listings/{listing}")
}

/// The requests that an answer of the first of the replicas costs, of whatever kind.
async fn requests(server: &TestServer, proxy: &Proxy, path: &str) -> Vec<String> {
    proxy.take_seen();
    let url = format!("{}{path}", server.url());
    RequestBuilder::new(&client(), Method::GET, url).send().await.expect(200);
    // The workers look for what is due all the time.
    let of_workers = |request: &Request| {
        let partition = &request.input["ExpressionAttributeValues"][":partition"]["S"];
        partition.as_str().is_some_and(|partition| partition.starts_with("due/"))
    };
    let seen = proxy.take_seen().into_iter().filter(|request| !of_workers(request));
    seen.map(|request| request.operation).collect()
}

/// Writes a row for each listing, in no time of the server's.
async fn describe(table: &str, listings: &[Hash]) {
    let store = metadata::open(&settings(dynamodb::url(), table)).await.unwrap();
    let rows: Vec<Listing> = listings
        .iter()
        .map(|hash| {
            let tags = Vec::from_iter(is_even(hash).then(|| "even".to_owned()));
            let metadata = Metadata { title: Some(hash.to_string()), tags, ..Metadata::default() };
            Listing { listing_hash: *hash, metadata, content: None }
        })
        .collect();
    for some in rows.chunks(50) {
        let written = some.iter().map(|row| store.listings.put(row, None));
        join_all(written).await.into_iter().collect::<Result<(), _>>().unwrap();
    }
}

/// A market where whatever has a file is listed without a vote, with all of `listings`.
async fn crowded_market(listings: &[Hash]) -> Market {
    let parameters =
        MarketParameters { plurality: 0, stake: Amount::from(1_u64), ..MarketParameters::default() };
    let market = Market::found(&parameters).await;
    let contracts = market.settings.contracts;
    send(&market, MAKER, contracts.listing, listings, |hash| call("list(bytes32)", &[hash])).await;
    let announce = |hash| call("setDataHash(bytes32,bytes32)", &[hash, hash]);
    send(&market, BACKEND, contracts.datatrust, listings, announce).await;
    market.close_polls().await;
    let resolve = |hash| call("resolveApplication(bytes32)", &[hash]);
    send(&market, MAKER, contracts.listing, listings, resolve).await;
    assert_eq!(market.failed_transactions().await, 0);
    market
}

/// Sends a transaction for each listing, all in one request, and mines them: the node signs for its own accounts.
async fn send(market: &Market, from: usize, to: Address, listings: &[Hash], data: impl Fn(Hash) -> String) {
    let from = market.wallet(from).address();
    let sent = market.rpc("eth_getTransactionCount", json!([from, "latest"])).await;
    let sent = u64::from_str_radix(&sent.as_str().unwrap()[2..], 16).unwrap();
    let request = |(number, hash): (u64, &Hash)| {
        let nonce = format!("{number:#x}");
        let transaction =
            json!({ "from": from, "to": to, "nonce": nonce, "gas": "0x60000", "data": data(*hash) });
        let (method, params) = ("eth_sendTransaction", json!([transaction]));
        json!({ "jsonrpc": "2.0", "id": number, "method": method, "params": params })
    };
    let requests: Vec<Value> = (sent..).zip(listings).map(request).collect();
    market.node.set_automine(false).await.unwrap();
    let answer = Client::new().post(market.node.url().clone()).json(&requests).send().await.unwrap();
    let answers: Vec<Value> = answer.json().await.unwrap();
    if let Some(refused) = answers.iter().find(|answer| !answer["result"].is_string()) {
        panic!("{refused}");
    }
    market.node.mine(BLOCKS).await.unwrap();
    market.node.set_automine(true).await.unwrap();
}

/// A call of a function whose arguments are words.
fn call(function: &str, arguments: &[Hash]) -> String {
    let words = arguments.iter().map(|hash| hex::encode(hash.bytes()));
    format!("0x{}{}", hex::encode(&Hash::keccak(function).bytes()[..4]), words.collect::<String>())
}
