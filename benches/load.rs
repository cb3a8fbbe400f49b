//! A load generator that costs little itself: plain HTTP/1.1 on kept connections, of whose answers only the framing is
//! read. A full client costs more than the servers that are measured, and would make all of them look alike.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use crate::usage;

const BUFFER_BYTES: usize = 256 * 1024;

/// The repeated requests.
#[derive(Clone)]
pub struct Target {
    /// Host and port.
    pub address: String,
    /// Asked for in turn; each connection begins at another one.
    pub paths: Arc<[String]>,
    /// Further headers, each with its line end.
    pub headers: String,
    /// The server, if it is to be known what it takes of the processors.
    pub process: Option<u32>,
}

impl Target {
    pub fn new(address: &str, path: &str) -> Self {
        Target::of_many(address, [path.to_owned()])
    }

    pub fn of_many(address: &str, paths: impl IntoIterator<Item = String>) -> Self {
        let paths = paths.into_iter().collect();
        Target { address: address.to_owned(), paths, headers: String::new(), process: None }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub fn of_process(self, process: u32) -> Self {
        Target { process: Some(process), ..self }
    }

    fn request(&self, number: usize) -> Vec<u8> {
        let Target { address, paths, headers, .. } = self;
        let path = &paths[number % paths.len()];
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n").into_bytes()
    }

    fn processor_seconds(&self) -> f64 {
        self.process.map_or(0.0, usage::processor_seconds)
    }
}

/// How a server is loaded once.
#[derive(Clone, Copy)]
pub struct Round {
    pub connections: usize,
    pub length: Duration,
    /// Whether answers under way at the end are cut off, and only what arrived of them counts: for those that may take
    /// longer than the round.
    pub cut: bool,
}

/// What a server did in one round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Whole answers, per second.
    pub requests: f64,
    /// Received, per second.
    pub bytes: f64,
    /// Until the end of the answer.
    pub p99: Duration,
    /// Until the head of the answer, the median.
    pub first_byte: Duration,
    /// What the server took of the processors, in cores; 0 where its process is not known.
    pub cores: f64,
}

/// One request after another on each connection.
pub async fn load(target: &Target, round: Round) -> Load {
    let (begun, processor) = (Instant::now(), target.processor_seconds());
    let end = begun + round.length;
    let apart = target.paths.len().div_ceil(round.connections);
    let working = (0..round.connections)
        .map(|number| tokio::spawn(work(target.clone(), number * apart, end, round.cut)));
    let done: Vec<Done> = join_all(working).await.into_iter().map(Result::unwrap).collect();
    let seconds = begun.elapsed().as_secs_f64();
    let processor = target.processor_seconds() - processor;
    let answers = || done.iter().flat_map(|done| &done.answers);
    let mut whole: Vec<Duration> = answers().map(|answer| answer.whole).collect();
    let mut first: Vec<Duration> = answers().map(|answer| answer.first).collect();
    whole.sort_unstable();
    first.sort_unstable();
    Load {
        requests: whole.len() as f64 / seconds,
        bytes: done.iter().map(|done| done.received).sum::<u64>() as f64 / seconds,
        p99: whole.get(whole.len() * 99 / 100).copied().unwrap_or_default(),
        first_byte: first.get(first.len() / 2).copied().unwrap_or_default(),
        cores: processor / seconds,
    }
}

/// What one connection brought.
struct Done {
    answers: Vec<Answer>,
    /// Bytes.
    received: u64,
}

async fn work(target: Target, first: usize, end: Instant, cut: bool) -> Done {
    let mut connection = Connection::open(&target.address).await.unwrap();
    let mut answers = Vec::new();
    while answers.is_empty() || Instant::now() < end {
        let request = target.request(first + answers.len());
        let asking = connection.ask(&request);
        let answer = match cut {
            true => match timeout_at(end.into(), asking).await {
                Ok(answer) => answer.unwrap(),
                Err(_) => break,
            },
            false => asking.await.unwrap(),
        };
        assert!(matches!(answer.status, 200 | 304), "the answer has the status {}", answer.status);
        answers.push(answer);
    }
    Done { answers, received: connection.received }
}

/// Sends each request once, one after another on each of so many connections; answers how many a second were answered
/// with 200, which all have to be.
pub async fn send_all(address: &str, requests: Vec<Vec<u8>>, connections: usize) -> f64 {
    let (requests, next) = (Arc::new(requests), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let working = (0..connections).map(|_| {
        let (address, requests, next) = (address.to_owned(), requests.clone(), next.clone());
        tokio::spawn(async move {
            let mut connection = Connection::open(&address).await.unwrap();
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                let answer = connection.ask(request).await.unwrap();
                assert_eq!(answer.status, 200);
            }
        })
    });
    join_all(working).await.into_iter().for_each(Result::unwrap);
    requests.len() as f64 / begun.elapsed().as_secs_f64()
}

pub struct Answer {
    pub status: u16,
    first: Duration,
    whole: Duration,
}

pub struct Connection {
    stream: TcpStream,
    /// What arrived and was not looked at.
    buffer: BytesMut,
    /// Bytes, in all.
    received: u64,
}

impl Connection {
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: BytesMut::with_capacity(BUFFER_BYTES), received: 0 })
    }

    /// Sends a request and reads its whole answer; an error if the server ends the connection.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        let begun = Instant::now();
        self.send(request).await?;
        self.answer(begun).await
    }

    /// Sends a part of a request.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Reads the whole answer to a request that was begun then.
    pub async fn answer(&mut self, begun: Instant) -> io::Result<Answer> {
        let head = self.head().await?;
        let first = begun.elapsed();
        match Framing::of(&head) {
            Framing::Length(length) => self.skip(length).await?,
            Framing::Chunked => self.skip_chunks().await?,
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Ok(Answer { status, first, whole: begun.elapsed() })
    }

    async fn head(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                return Ok(String::from_utf8(self.buffer.split_to(end + 4).to_vec()).unwrap());
            }
            self.receive().await?;
        }
    }

    async fn skip_chunks(&mut self) -> io::Result<()> {
        loop {
            let size = loop {
                if let Some(end) = self.buffer.windows(2).position(|bytes| bytes == b"\r\n") {
                    let line = self.buffer.split_to(end + 2);
                    break usize::from_str_radix(str::from_utf8(&line[..end]).unwrap(), 16).unwrap();
                }
                self.receive().await?;
            };
            self.skip(size + 2).await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    async fn skip(&mut self, mut count: usize) -> io::Result<()> {
        loop {
            let here = count.min(self.buffer.len());
            self.buffer.advance(here);
            count -= here;
            if count == 0 {
                return Ok(());
            }
            self.receive().await?;
        }
    }

    async fn receive(&mut self) -> io::Result<()> {
        self.buffer.reserve(BUFFER_BYTES);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")),
            count => {
                self.received += count as u64;
                Ok(())
            }
        }
    }
}

/// How the end of a body is told.
enum Framing {
    Length(usize),
    Chunked,
}

impl Framing {
    fn of(head: &str) -> Self {
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        headers
            .find_map(|(name, value)| match name.to_ascii_lowercase().as_str() {
                "content-length" => Some(Framing::Length(value.parse().unwrap())),
                "transfer-encoding" => Some(Framing::Chunked),
                _ => None,
            })
            .unwrap_or(Framing::Length(0))
    }
}
