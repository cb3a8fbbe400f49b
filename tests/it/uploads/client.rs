//! Large files as this program's own client sends them, over connections that break.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use capi::client::{Api, ListingText, LocalFile, Party, Progress};
use capi::domain::Hash;

use super::application;
use crate::support::cut_line::CutLine;
use crate::support::eventually::eventually;
use crate::support::market::MAKER;
use crate::support::server::TestServer;

/// A server with a line to it, under whose name clients sign in.
async fn server_behind_a_line() -> (TestServer, CutLine) {
    let line = CutLine::open();
    let name = line.url().authority().to_owned();
    let server = TestServer::start_with(|settings| {
        settings.access.dns_name = name;
        settings.access.insecure_sign_in = true;
    })
    .await;
    line.connect(&server.url().parse().unwrap());
    (server, line)
}

fn about() -> ListingText {
    ListingText {
        file_type: "application/octet-stream".into(),
        title: "Broken lines".into(),
        description: "Bytes".into(),
        license: "MIT".into(),
        tags: Vec::new(),
        preview: None,
    }
}

async fn large_file(server: &TestServer, size: u32) -> LocalFile {
    let bytes: Vec<u8> = (0..size).map(|position| (position / 4096) as u8).collect();
    let path = server.data().join("file.bin");
    std::fs::write(&path, &bytes).unwrap();
    LocalFile::read(&path).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_sends_only_what_is_missing_after_each_broken_connection() {
    let (server, line) = server_behind_a_line().await;
    let (about, file) = (about(), large_file(&server, 12_000_000).await);
    // The line breaks twice while the file is sent; then the last response is lost.
    for (hash, cut) in [("sent", true), ("answered", false)] {
        let api = Api::open(line.url(), server.clock.clone()).unwrap();
        let maker = Party::new(api.clone(), server.market.wallet(MAKER));
        maker.sign_in().await.unwrap();
        let listing = Hash::keccak(hash);
        let applied = maker.apply(listing).await.unwrap().transaction;
        if cut {
            line.cut_requests(2, 5_000_000);
        } else {
            line.cut(1, 0);
        }
        let sent = Arc::new(AtomicU64::new(0));
        let counted = sent.clone();
        let progress: Progress = Arc::new(move |done, _| {
            counted.fetch_max(done, Ordering::Relaxed);
        });
        let task = maker.send_file(&about, &file, listing, applied, Some(progress)).await.unwrap();
        assert_eq!(line.left(), 0, "the line broke as planned");
        assert_eq!(sent.load(Ordering::Relaxed), 12_000_000);
        api.finish(&task, Duration::from_secs(60)).await.unwrap();
        let published = application(&server, listing).await.expect(200).json();
        assert_eq!(published["size"], 12_000_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_goes_on_with_what_an_earlier_one_left_unfinished() {
    let (server, line) = server_behind_a_line().await;
    let (about, file) = (about(), large_file(&server, 40_000_000).await);
    let notes = tempfile::tempdir().unwrap();
    let noted = || std::fs::read_dir(notes.path()).unwrap().map(|entry| entry.unwrap().path());
    for (hash, known) in [("known", true), ("forgotten by the server", false)] {
        let client = || {
            let api = Api::open(line.url(), server.clock.clone()).unwrap();
            Party::new(api.noting_uploads_in(notes.path().to_owned()), server.market.wallet(MAKER))
        };
        let listing = Hash::keccak(hash);
        let applied = client().apply(listing).await.unwrap().transaction;
        let (sent, mut halfway) = tokio::sync::watch::channel(0);
        let progress: Progress = Arc::new(move |done, _| {
            sent.send_replace(done);
        });
        let earlier = client();
        // Its process ends in the middle.
        tokio::select! {
            ended = earlier.send_file(&about, &file, listing, applied, Some(progress)) => panic!("{ended:?}"),
            reached = halfway.wait_for(|done| *done > 30_000_000) => assert!(reached.is_ok()),
        }
        assert_eq!(noted().count(), 1);
        let note = noted().next().unwrap();
        if known {
            let token = earlier.sign_in().await.unwrap().access_token;
            let path = std::fs::read_to_string(note).unwrap();
            eventually("the server keeps what arrived", async || {
                let head = server.head(&path).token(&token).header("tus-resumable", "1.0.0").send().await;
                head.header("upload-offset").is_some_and(|offset| offset.parse::<u64>().unwrap() > 1_000_000)
            })
            .await;
        } else {
            std::fs::write(note, format!("/uploads/{}", "0".repeat(64))).unwrap();
        }

        let first = Arc::new(AtomicU64::new(u64::MAX));
        let least = first.clone();
        let progress: Progress = Arc::new(move |done, _| {
            least.fetch_min(done, Ordering::Relaxed);
        });
        let later = client();
        let task = later.send_file(&about, &file, listing, applied, Some(progress)).await.unwrap();
        assert_eq!(first.load(Ordering::Relaxed) > 1_000_000, known, "it began at the beginning");
        assert_eq!(noted().count(), 0);
        later.wait_announced(&task, listing, &file).await.unwrap();
    }
}
