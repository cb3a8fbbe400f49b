//! The maker's choice of what voters see.

use capi::domain::{Hash, Metadata, PreviewChoice};
use reqwest::Method;
use serde_json::{Value, json};

use super::preview;
use crate::support::eventually::wait_for;
use crate::support::form::Form;
use crate::support::market::{MAKER, VOTER};
use crate::support::server::TestServer;

const TABLE: &[u8] = b"name,note\r\nrain,\"two\nlines, \"\"quoted\"\"\"\r\nsnow,\"\"\r\nhail,last";
/// The first rows of it.
const ROWS: [&[u8]; 3] = [
    b"name,note\r\n",
    b"name,note\r\nrain,\"two\nlines, \"\"quoted\"\"\"\r\n",
    b"name,note\r\nrain,\"two\nlines, \"\"quoted\"\"\"\r\nsnow,\"\"\r\n",
];

/// An application with this choice; none if it is empty.
async fn offer(server: &TestServer, choice: &str, bytes: &[u8]) -> Hash {
    let name = Hash::keccak([choice.as_bytes(), bytes].concat());
    let change = |form: Form| if choice.is_empty() { form } else { form.with("preview", choice) };
    server.apply_with(name, bytes, change).await.listing
}

async fn chosen(server: &TestServer, path: &str, listing: Hash) -> Value {
    let shown = server.get(&format!("{path}{listing}")).send().await.expect(200).json();
    shown.get("preview").expect("it has the field, with or without a choice").clone()
}

async fn application(server: &TestServer, listing: Hash) -> Value {
    chosen(server, "/candidates/application/", listing).await
}

#[tokio::test]
async fn voters_see_what_the_maker_has_chosen_and_the_owner_sees_all() {
    let server = TestServer::start_with(|settings| settings.access.preview_bytes = Some(1000)).await;
    let (voter, owner) = (server.sign_in(VOTER).await, server.sign_in(MAKER).await);
    for (choice, expected) in [
        ("", TABLE),
        ("bytes:4", &b"name"[..]),
        ("bytes:1000000000", TABLE),
        ("rows:1", ROWS[0]),
        ("rows:2", ROWS[1]),
        ("rows:3", ROWS[2]),
        ("rows:4", TABLE),
        ("rows:1000", TABLE),
    ] {
        let listing = offer(&server, choice, TABLE).await;
        let seen = preview(&server, &voter, listing).send().await.expect(200);
        assert_eq!(seen.body, *expected, "{choice}");
        assert_eq!(seen.header("repr-digest").is_some(), expected == TABLE, "{choice}");
        let whole = preview(&server, &owner, listing).send().await.expect(200);
        assert_eq!(whole.body, *TABLE, "{choice}");
        assert_eq!(whole.header("etag") == seen.header("etag"), expected == TABLE, "{choice}");

        let head = server.head(&format!("/previews/{listing}")).token(&voter).send().await.expect(200);
        let size = expected.len();
        assert_eq!(head.header("content-length"), Some(size.to_string().as_str()), "{choice}");
        let part = preview(&server, &voter, listing).header("range", "bytes=2-9999").send().await.expect(206);
        assert_eq!(part.body, expected[2..], "{choice}");
        let range = format!("bytes 2-{}/{size}", size - 1);
        assert_eq!(part.header("content-range"), Some(range.as_str()), "{choice}");
        let beyond = format!("bytes={size}-");
        preview(&server, &voter, listing).header("range", &beyond).send().await.expect_problem(416);

        let shown = if choice.is_empty() { json!(null) } else { json!(choice) };
        assert_eq!(application(&server, listing).await, shown);
    }
    let hidden = offer(&server, "none", TABLE).await;
    let refused = preview(&server, &voter, hidden).send().await.expect_problem(403);
    assert!(refused.message().contains("the maker shows no preview"), "{}", refused.message());
    let head = server.head(&format!("/previews/{hidden}")).token(&voter).send().await;
    assert_eq!(head.status, 403);
    assert_eq!(preview(&server, &owner, hidden).send().await.expect(200).body, *TABLE);
}

#[tokio::test]
async fn rows_end_where_the_table_says_and_the_server_allows() {
    let server = TestServer::start_with(|settings| settings.access.preview_bytes = Some(12)).await;
    let voter = server.sign_in(VOTER).await;
    for (choice, table, expected) in [
        ("rows:9", "a,b\n1,2\n3,4\n5,6\n", "a,b\n1,2\n3,4\n"),
        ("rows:9", "a,b\n1,2\n3,44444\n", "a,b\n1,2\n"),
        ("rows:9", "a,b\n\"1\n\n\n\n\n\n\n\n\n\n2\"\n", "a,b\n"),
        ("rows:9", "one row that is longer\n", "one row that"),
        ("rows:9", "short", "short"),
        ("bytes:13", "one row that is longer\n", "one row that"),
    ] {
        let listing = offer(&server, choice, table.as_bytes()).await;
        let seen = preview(&server, &voter, listing).send().await.expect(200);
        assert_eq!(seen.text(), expected, "{table}");
    }
}

#[tokio::test]
async fn without_a_limit_rows_are_looked_for_in_the_first_mebibyte() {
    let server = TestServer::start_with(|settings| settings.access.preview_bytes = None).await;
    let voter = server.sign_in(VOTER).await;
    let table = b"0123456789abcde\n".repeat(1 << 16).into_iter().chain(*b"beyond").collect::<Vec<u8>>();
    let listing = offer(&server, "rows:1000", &table).await;
    let seen = preview(&server, &voter, listing).send().await.expect(200);
    assert_eq!(seen.body, table[..16_000]);
    let one_row = vec![b'x'; (1 << 20) + 1];
    let listing = offer(&server, "rows:1", &one_row).await;
    let seen = preview(&server, &voter, listing).send().await.expect(200);
    assert_eq!(seen.body.len(), 1 << 20);
}

#[tokio::test]
async fn a_malformed_choice_is_refused_by_name_and_nothing_is_left() {
    let server = TestServer::start().await;
    let (token, good) = (server.sign_in(MAKER).await, server.propose(Hash::keccak("file"), b"bytes").await);
    for choice in ["all", "None", "bytes:", "bytes:0", "bytes:1000000001", "rows:+1", "rows:1001", "rows:1.5"]
    {
        let form = good.clone().with("preview", choice);
        let refused = server.upload(&token, &form).send().await.expect_problem(400);
        assert!(refused.message().contains("preview: expected none"), "{choice}: {}", refused.message());
        let refused = create(&server, &token, &form).send().await.expect_problem(400);
        assert!(refused.message().contains("preview: expected none"), "{choice}: {}", refused.message());
    }
    let twice = good.clone().with("preview", "none").and("preview", "rows:1");
    server.upload(&token, &twice).send().await.expect_problem(400);
    assert_eq!(server.stored_files().await, 0);
    server.idle().await;
    // An empty choice is none.
    let accepted = server.upload(&token, &good.with("preview", "")).send().await.expect(201);
    server.succeed(&accepted).await;
    assert_eq!(application(&server, Hash::keccak("file")).await, json!(null));
}

/// Begins a resumable upload of five bytes.
fn create(server: &TestServer, token: &str, form: &Form) -> crate::support::http::RequestBuilder {
    server
        .request(Method::POST, "/uploads/")
        .token(token)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", "5")
        .header("upload-metadata", &form.metadata())
}

#[tokio::test]
async fn a_resumable_upload_has_its_choice_after_a_restart_too() {
    let mut server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let listing = Hash::keccak("in parts");
    let form = server.propose(listing, b"01234").await.with("preview", "bytes:3");
    let created = create(&server, &token, &form).send().await.expect(201);
    let path = created.header("location").unwrap().to_owned();
    server.stop().await;
    server.resume().await;
    let token = server.sign_in(MAKER).await;
    let part = server.request(Method::PATCH, &path).token(&token).header("tus-resumable", "1.0.0");
    let part = part.header("content-type", "application/offset+octet-stream").header("upload-offset", "0");
    part.body(b"01234".to_vec()).send().await.expect(204);
    let shown = wait_for("the application is visible", async || {
        let reply = server.get(&format!("/candidates/application/{listing}")).send().await;
        (reply.status == 200).then(|| reply.json())
    })
    .await;
    assert_eq!(shown["preview"], "bytes:3");
    let voter = server.sign_in(VOTER).await;
    assert_eq!(preview(&server, &voter, listing).send().await.expect(200).text(), "012");

    server.stop().await;
    server.resume().await;
    let voter = server.sign_in(VOTER).await;
    assert_eq!(preview(&server, &voter, listing).send().await.expect(200).text(), "012");
    server.accept(listing).await;
    assert_eq!(chosen(&server, "/listings/", listing).await, json!("bytes:3"));
}

#[tokio::test]
async fn only_single_listings_show_the_choice_and_a_row_without_one_has_none() {
    let server = TestServer::start().await;
    let chosen_row = Metadata { preview: Some(PreviewChoice::Nothing), ..Metadata::default() };
    let with = server.plant(chosen_row, b"with a choice").await.listing;
    let without = server.plant(Metadata::default(), b"without one").await.listing;
    assert_eq!(chosen(&server, "/listings/", with).await, json!("none"));
    assert_eq!(chosen(&server, "/listings/", without).await, json!(null));
    let items = wait_for("both are in the list", async || {
        let list = server.get("/listings/").send().await.expect(200).json();
        list["items"].as_array().filter(|items| items.len() == 2).cloned()
    })
    .await;
    assert!(items.iter().all(|item| item.get("preview").is_none()), "{items:?}");
}
