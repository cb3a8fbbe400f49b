//! Accounts of which the market's chain knows nothing: anyone can have any number of them.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use capi::chain::wallet::Wallet;
use capi::domain::{Clock, Hash, RequestClass, TrustedProxies};
use futures_util::{StreamExt, stream};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::limits::PLENTY;
use crate::support::eventually::eventually;
use crate::support::http::Reply;
use crate::support::market::{MAKER, Market, STRANGER};
use crate::support::server::TestServer;
use crate::support::steps::sign_in_text;

/// Sign-ins of strangers at once, and a minute, where a caller has one sign-in a minute.
const AT_ONCE: usize = 200;
const A_MINUTE: usize = 5;
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A server where a caller has one sign-in a minute, and on whose market the maker has proposed a listing.
async fn start() -> TestServer {
    let market = Market::start().await;
    market.wallet(MAKER).list(Hash::keccak("proposed")).await.unwrap();
    let mut limits = PLENTY;
    limits.per_minute[RequestClass::SignIn as usize] = NonZeroU32::new(2).unwrap();
    let server = TestServer::start_on(market, |settings| {
        settings.limits.callers = Some(limits);
        settings.limits.trusted_proxies = TrustedProxies::parse("127.0.0.1").unwrap();
    })
    .await;
    let account = format!("/accounts/{}", server.address(MAKER));
    eventually("the proposal is known", async || {
        server.get(&account).send().await.expect(200).json()["counts"]["listings"] == 1
    })
    .await;
    server
}

fn fresh_account(server: &TestServer, number: usize) -> Wallet {
    let key = SecretString::from(Hash::keccak(format!("account {number}")).to_string());
    Wallet::open(&server.settings.chain, &key).unwrap()
}

/// From another network address each time, whose own limit it does not reach.
async fn sign_in(server: &TestServer, wallet: Wallet) -> Reply {
    static ADDRESSES: AtomicUsize = AtomicUsize::new(0);
    loop {
        let number = ADDRESSES.fetch_add(1, Ordering::Relaxed);
        let from = format!("198.18.{}.{}", number / 256, number % 256);
        let nonce = server.get("/authorize/nonce").header("x-forwarded-for", &from).send().await;
        // A few addresses share their limit with another.
        if is_over_limit_of_address(&nonce) {
            continue;
        }
        let nonce = nonce.expect(200).json()["nonce"].as_str().unwrap().to_owned();
        let message = sign_in_text(wallet.address(), &nonce, server.clock.now());
        let signature = wallet.sign_message(&message).await.unwrap();
        let body = json!({ "message": message, "signature": signature, "public_key": wallet.address() });
        let reply = server.post("/authorize/").header("x-forwarded-for", &from).json(&body).send().await;
        if !is_over_limit_of_address(&reply) {
            return reply;
        }
    }
}

fn is_over_limit_of_address(reply: &Reply) -> bool {
    reply.header("ratelimit").is_some_and(|limit| limit.contains(";t="))
}

/// How many of some fresh accounts can sign in.
async fn signed_in(server: &TestServer, numbers: std::ops::Range<usize>) -> usize {
    let replies = stream::iter(numbers).map(async |number| {
        let reply = sign_in(server, fresh_account(server, number)).await;
        if reply.status == 200 {
            return 1;
        }
        assert!(reply.expect_problem(429).header("retry-after").is_some());
        0
    });
    replies.buffer_unordered(16).collect::<Vec<_>>().await.into_iter().sum()
}

#[tokio::test]
async fn strangers_sign_in_so_often_together_and_accounts_of_the_market_always() {
    let server = start().await;
    let begun = server.clock.now();
    // Sign-ins take time too, in which further ones become possible.
    let further = || server.clock.now().since(begun).as_secs() as usize * A_MINUTE / 60;
    assert_eq!(signed_in(&server, 0..AT_ONCE).await, AT_ONCE);
    let at_once = signed_in(&server, 1_000..1_020).await;
    assert!(at_once <= further(), "{at_once}");
    sign_in(&server, server.market.wallet(MAKER)).await.expect(200);
    server.clock.advance(MINUTE);
    let later = signed_in(&server, 3_000..3_020).await;
    assert!(later >= A_MINUTE && at_once + later <= further(), "{at_once} and {later}");
}

#[tokio::test]
async fn an_account_signs_in_no_oftener_from_many_network_addresses() {
    let server = start().await;
    let maker = || server.market.wallet(MAKER);
    sign_in(&server, maker()).await.expect(200);
    sign_in(&server, maker()).await.expect_problem(429);
    server.clock.advance(MINUTE);
    sign_in(&server, maker()).await.expect(200);
}

#[tokio::test]
async fn what_a_stranger_leaves_is_kept_for_a_day() {
    let server = start().await;
    for (account, is_kept) in [(STRANGER, false), (MAKER, true)] {
        let wallet = || server.market.wallet(account);
        let tokens = sign_in(&server, wallet()).await.expect(200).json();
        let text = |tokens: &Value, name: &str| tokens[name].as_str().unwrap().to_owned();
        let consent = json!({ "timestamp": 1, "from_us": false, "version": 1 });
        let request = server.post("/consent/").token(&text(&tokens, "access_token")).json(&consent);
        request.send().await.expect(201);
        server.clock.advance(DAY + MINUTE);
        let refresh = server.get("/authorize/?refresh=true").token(&text(&tokens, "refresh_token"));
        assert_eq!(refresh.send().await.status, if is_kept { 200 } else { 401 });
        server.clock.advance(MINUTE);
        let again = sign_in(&server, wallet()).await.expect(200).json();
        let stored = server.get("/consent/").token(&text(&again, "access_token")).send().await;
        assert_eq!(stored.status, if is_kept { 200 } else { 404 });
    }
}
