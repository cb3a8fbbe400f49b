//! How much more does a download cost than sending the same file without any checks? The server checks a token and what
//! its account has paid for; nginx sends the file to anybody.

use std::fmt::Write;
use std::time::Duration;

use capi::config::ObjectStore;
use capi::domain::Hash;
use futures_util::{StreamExt, stream};
use reqwest::Body;

use crate::large::{LargeFile, LargeForm};
use crate::load::{Load, Round, Target};
use crate::nginx::Nginx;
use crate::pairs::{Comparison, compare, rounds};
use crate::plot::Plot;
use crate::report::{Report, circumstances, rate};
use crate::support::form::Form;
use crate::support::http::RequestBuilder;
use crate::support::market::{BUYER, MAKER};
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;
use crate::support::steps::delivery_path;

const CONNECTIONS: [usize; 3] = [1, 16, 256];
const ROUND: Duration = Duration::from_secs(1);
const MAX_UPLOAD_BYTES: u64 = 2_000_000_000;
const COST_GOAL: &str = "≤ 2";

/// A file that is sold.
struct Kind {
    name: &'static str,
    size: usize,
    goal: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind { name: "100 kB", size: 100_000, goal: "≥ 0.50" },
    Kind { name: "10 MB", size: 10_000_000, goal: "≥ 0.80" },
    Kind { name: "1 GB", size: 1_000_000_000, goal: "≥ 0.90" },
];

/// A file that its buyer has paid for, so that later downloads are free.
struct Sold {
    /// Where the server has it.
    path: String,
    /// Below the directory of the object store.
    object: String,
    token: String,
}

pub async fn measure() {
    let mut server =
        TestServer::start_with(|settings| settings.access.max_upload_bytes = MAX_UPLOAD_BYTES).await;
    let mut sold = Vec::new();
    for kind in KINDS {
        println!("Selling a file of {}", kind.name);
        sold.push(sell(&server, kind.size).await);
    }
    server.stop().await;
    let ObjectStore::Local { directory } = &server.settings.objects else {
        panic!("nginx can only serve local files")
    };
    let nginx = Nginx::serve(directory).await;
    let process = ServerProcess::start(&server.settings).await;

    let mut text = circumstances("the load generator and nginx");
    text.push_str("| file | connections | MB/s | nginx | ratio | goal | CPU s/GB | nginx | ratio | goal |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|---|\n");
    let (mut by_connections, mut by_size) =
        (Plot::new("connections", "MB/s"), Plot::new("bytes of the file", "MB/s"));
    for (kind, sold) in KINDS.iter().zip(&sold) {
        let target = Target::new(&process.address, &sold.path)
            .with_header("Authorization", &format!("Bearer {}", sold.token))
            .of_process(process.id());
        let reference = Target::new(&nginx.address, &format!("/{}", sold.object)).of_process(nginx.id());
        for connections in CONNECTIONS {
            let round = Round { connections, length: ROUND, cut: true };
            let comparison = compare(&target, &reference, round, rounds()).await;
            println!("{} on {connections} connections, goal: {}\n{comparison}", kind.name, kind.goal);
            println!("  CPU        {}, goal: {COST_GOAL}", comparison.cost);
            text.push_str(&row(kind, connections, &comparison));
            for (server, load) in [("capi", comparison.capi), ("nginx", comparison.reference)] {
                let speed = load.bytes / 1e6;
                by_connections.add(&format!("{server}, {}", kind.name), connections as f64, speed);
                by_size.add(&format!("{server}, {connections} connections"), kind.size as f64, speed);
            }
        }
    }
    text.push_str(
        "\n![Throughput against connections](images/downloads-connections.svg)\n\n\
         ![Throughput against the size of the file](images/downloads-size.svg)\n\n",
    );
    let plots = vec![("downloads-connections.svg", by_connections), ("downloads-size.svg", by_size)];
    Report { text, plots }.publish("downloads");
}

fn row(kind: &Kind, connections: usize, comparison: &Comparison) -> String {
    let Comparison { capi, reference, ratio, cost } = comparison;
    let speed = |load: &Load| rate(load.bytes / 1e6);
    let seconds = |load: &Load| load.cores / (load.bytes / 1e9);
    let mut row = String::new();
    writeln!(
        row,
        "| {} | {connections} | {} | {} | {ratio} | {} | {:.2} | {:.2} | {cost} | {COST_GOAL} |",
        kind.name,
        speed(capi),
        speed(reference),
        kind.goal,
        seconds(capi),
        seconds(reference)
    )
    .unwrap();
    row
}

/// Uploads a file, brings it to the market, and buys it.
async fn sell(server: &TestServer, size: usize) -> Sold {
    let listing = Hash::keccak(format!("a file of {size}"));
    let form = LargeForm::propose(server, &[listing], LargeFile { size }).await.remove(0);
    let pieces = stream::iter(form.pieces().map(Ok::<_, std::io::Error>));
    let upload = server.post("/listings/").token(&server.sign_in(MAKER).await);
    let upload = upload.header("content-type", &Form::content_type());
    let accepted = upload.body(Body::wrap_stream(pieces)).send().await.expect(201);
    server.succeed(&accepted).await;
    server.accept(listing).await;

    let delivery = Hash::keccak(format!("a delivery of {size}"));
    server.market.buy_for(BUYER, delivery, size as u64).await;
    let token = server.sign_in(BUYER).await;
    assert_eq!(received(server.download(&token, delivery, listing)).await, size);
    server.completed(delivery).await;
    server.idle().await;
    let rows = server.context().listings.get_many(&[listing]).await.unwrap();
    let content = rows.into_iter().flatten().next().and_then(|row| row.content);
    let object = content.expect("an accepted upload has a file").object;
    Sold { path: delivery_path(delivery, listing), object, token }
}

/// Bytes of an answer that is not kept.
async fn received(request: RequestBuilder) -> usize {
    let response = request.begin().await;
    assert_eq!(response.status(), 200);
    response.bytes_stream().map(|piece| piece.unwrap().len()).fold(0, async |sum, piece| sum + piece).await
}
