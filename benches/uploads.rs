//! How fast does a large file arrive, and what does it take of the memory? No upload can be faster than the slowest of the
//! digests that its file needs, so that is what it is compared with.

use std::fmt::Write;
use std::time::{Duration, Instant};

use capi::domain::Hash;
use md5::Md5;
use sha2::Sha256;
use sha3::{Digest, Keccak256};
use tokio::task::spawn_blocking;

use crate::large::{LargeFile, LargeForm};
use crate::load::Connection;
use crate::pairs::{Ratio, median, rounds};
use crate::report::{Report, circumstances, rate};
use crate::support::eventually::eventually;
use crate::support::form::Form;
use crate::support::market::MAKER;
use crate::support::process::ServerProcess;
use crate::support::server::TestServer;
use crate::usage;

const SIZES: [(&str, usize); 2] = [("256 MB", 256_000_000), ("1 GB", 1_000_000_000)];
/// Enough to know the speed of a digest.
const DIGESTED: LargeFile = LargeFile { size: 128_000_000 };
const GOAL: &str = "≥ 0.90";

/// Bytes a second on one core.
struct Digests {
    md5: f64,
    sha256: f64,
    keccak: f64,
}

impl Digests {
    fn measure() -> Self {
        Digests { md5: speed::<Md5>(), sha256: speed::<Sha256>(), keccak: speed::<Keccak256>() }
    }

    fn slowest(&self) -> f64 {
        self.md5.min(self.sha256).min(self.keccak)
    }
}

fn speed<D: Digest>() -> f64 {
    let begun = Instant::now();
    let mut digest = D::new();
    DIGESTED.pieces().for_each(|piece| digest.update(piece));
    std::hint::black_box(digest.finalize());
    DIGESTED.size as f64 / begun.elapsed().as_secs_f64()
}

/// One upload, and the digests right after it.
struct Measured {
    bytes_a_second: f64,
    /// The most while it lasted, and what there was before, in bytes.
    memory: u64,
    memory_before: u64,
    digests: Digests,
}

pub async fn measure() {
    let mut text = circumstances("the load generator");
    text.push_str(
        "| file | MB/s | slowest digest | ratio | goal | memory before, MiB | most memory, MiB |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|\n");
    for (name, size) in SIZES {
        println!("A file of {name} is uploaded");
        let all = upload_repeatedly(LargeFile { size }).await;
        let ratio = Ratio::of(all.iter().map(|one| one.bytes_a_second / one.digests.slowest()));
        let middle = |figure: &dyn Fn(&Measured) -> f64| median(all.iter().map(figure));
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let most = all.iter().map(|one| one.memory).max().unwrap_or_default();
        let [md5, sha256, keccak]: [f64; 3] = [
            middle(&|one| one.digests.md5 / 1e6),
            middle(&|one| one.digests.sha256 / 1e6),
            middle(&|one| one.digests.keccak / 1e6),
        ];
        println!("  digests on one core, MB/s: MD5 {md5:.0}, SHA-256 {sha256:.0}, keccak-256 {keccak:.0}");
        let row = format!(
            "| {name} | {} | {} | {ratio} | {GOAL} | {} | {} |",
            rate(middle(&|one| one.bytes_a_second / 1e6)),
            rate(md5.min(sha256).min(keccak)),
            rate(middle(&|one| mebibytes(one.memory_before))),
            rate(mebibytes(most)),
        );
        println!("{row}");
        writeln!(text, "{row}").unwrap();
    }
    text.push('\n');
    Report { text, plots: Vec::new() }.publish("uploads");
}

/// Another round before the others warms the server up.
async fn upload_repeatedly(file: LargeFile) -> Vec<Measured> {
    let mut server = TestServer::start().await;
    let token = server.sign_in(MAKER).await;
    let listings: Vec<Hash> = (0..=rounds()).map(|number| Hash::keccak(format!("upload {number}"))).collect();
    let forms = LargeForm::propose(&server, &listings, file).await;
    server.stop().await;
    let process = ServerProcess::start(&server.settings).await;
    let ready = format!("http://{}/ready", process.address);
    eventually("the server is ready", async || {
        reqwest::get(&ready).await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    let mut all = Vec::new();
    for (number, form) in forms.iter().enumerate() {
        let memory_before = usage::memory(process.id()).0;
        let uploading = upload(&process.address, &token, form);
        let (took, memory) = usage::most_memory(process.id(), uploading).await;
        let digests = spawn_blocking(Digests::measure).await.unwrap();
        let bytes_a_second = file.size as f64 / took.as_secs_f64();
        println!("  {:.0} MB/s, {} MiB of memory", bytes_a_second / 1e6, memory >> 20);
        if number > 0 {
            all.push(Measured { bytes_a_second, memory, memory_before, digests });
        }
    }
    all
}

/// The time from the first byte to the answer.
async fn upload(address: &str, token: &str, form: &LargeForm) -> Duration {
    let head = format!(
        "POST /listings/ HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: {}\r\n\
         Content-Length: {}\r\n\r\n",
        Form::content_type(),
        form.length()
    );
    let mut connection = Connection::open(address).await.unwrap();
    let begun = Instant::now();
    connection.send(head.as_bytes()).await.unwrap();
    for piece in form.pieces() {
        connection.send(&piece).await.unwrap();
    }
    let answer = connection.answer(begun).await.unwrap();
    assert_eq!(answer.status, 201);
    begun.elapsed()
}
