//! New listings as an Atom feed.

use capi::domain::Hash;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::support::server::TestServer;

/// The names of the elements, which are an error where it is no XML.
fn elements(feed: &str) -> Vec<String> {
    let mut reader = Reader::from_str(feed);
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => names.push(element.name().as_ref().to_owned()),
            Event::Eof => return names,
            _ => {}
        }
    }
}

#[tokio::test]
async fn new_listings_come_first_and_what_is_known_is_not_sent_again() {
    let server = TestServer::start().await;
    let empty = server.get("/feed.atom").send().await.expect(200).text();
    assert!(!elements(&empty).contains(&"entry".to_owned()), "{empty}");
    let all = server.publish_all(&[vec![1; 10], vec![2; 20]]).await;
    server.listing_status(all[1].listing, 200).await;
    let feed = server.get("/feed.atom").send().await.expect(200);
    assert_eq!(feed.header("content-type"), Some("application/atom+xml"));
    let text = feed.text();
    let place = |hash: Hash| text.find(&format!("/app/listings/{hash}")).expect("it is in the feed");
    assert!(place(all[1].listing) < place(all[0].listing), "{text}");
    assert_eq!(elements(&text).iter().filter(|name| *name == "entry").count(), 2);
    let again = server.get("/feed.atom").header("if-none-match", feed.header("etag").unwrap());
    again.send().await.expect(304);
    let none = server.get("/feed.atom?tag=nothing&q=a%20%26").send().await.expect(200).text();
    assert!(!elements(&none).contains(&"entry".to_owned()), "{none}");
    server.get("/feed.atom?owner=me").send().await.expect_problem(400);
}
