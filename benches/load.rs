//! A load generator that costs little itself: plain HTTP/1.1 on kept connections, of whose answers only the framing is
//! read. A full client costs more than the servers that are measured, and would make all of them look alike.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
}

impl Target {
    pub fn new(address: &str, path: &str) -> Self {
        Target::of_many(address, [path.to_owned()])
    }

    pub fn of_many(address: &str, paths: impl IntoIterator<Item = String>) -> Self {
        let paths = paths.into_iter().collect();
        Target { address: address.to_owned(), paths, headers: String::new() }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    fn request(&self, number: usize) -> Vec<u8> {
        let Target { address, paths, headers } = self;
        let path = &paths[number % paths.len()];
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n").into_bytes()
    }
}

/// What a server did in one round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Per second.
    pub requests: f64,
    /// Of bodies, per second.
    pub bytes: f64,
    /// Until the end of the answer.
    pub p99: Duration,
    /// Until the head of the answer, the median.
    pub first_byte: Duration,
}

/// One request after another on each of so many connections, for about that time.
pub async fn load(target: &Target, connections: usize, round: Duration) -> Load {
    let begun = Instant::now();
    let apart = target.paths.len().div_ceil(connections);
    let working =
        (0..connections).map(|number| tokio::spawn(work(target.clone(), number * apart, begun + round)));
    let answers: Vec<Answer> = join_all(working).await.into_iter().flat_map(Result::unwrap).collect();
    let seconds = begun.elapsed().as_secs_f64();
    let mut whole: Vec<Duration> = answers.iter().map(|answer| answer.whole).collect();
    let mut first: Vec<Duration> = answers.iter().map(|answer| answer.first).collect();
    whole.sort_unstable();
    first.sort_unstable();
    Load {
        requests: answers.len() as f64 / seconds,
        bytes: answers.iter().map(|answer| answer.bytes).sum::<usize>() as f64 / seconds,
        p99: whole[whole.len() * 99 / 100],
        first_byte: first[first.len() / 2],
    }
}

async fn work(target: Target, first: usize, end: Instant) -> Vec<Answer> {
    let mut connection = Connection::open(&target.address).await.unwrap();
    let mut answers = Vec::new();
    while answers.is_empty() || Instant::now() < end {
        let answer = connection.ask(&target.request(first + answers.len())).await.unwrap();
        assert!(matches!(answer.status, 200 | 304), "the answer has the status {}", answer.status);
        answers.push(answer);
    }
    answers
}

pub struct Answer {
    pub status: u16,
    bytes: usize,
    first: Duration,
    whole: Duration,
}

pub struct Connection {
    stream: TcpStream,
    /// What arrived and was not looked at.
    buffer: BytesMut,
}

impl Connection {
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: BytesMut::with_capacity(BUFFER_BYTES) })
    }

    /// Sends a request and reads its whole answer; an error if the server ends the connection.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        let begun = Instant::now();
        self.stream.write_all(request).await?;
        let head = self.head().await?;
        let first = begun.elapsed();
        let bytes = match Framing::of(&head) {
            Framing::Length(length) => {
                self.skip(length).await?;
                length
            }
            Framing::Chunked => self.chunks().await?,
        };
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Ok(Answer { status, bytes, first, whole: begun.elapsed() })
    }

    async fn head(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                return Ok(String::from_utf8(self.buffer.split_to(end + 4).to_vec()).unwrap());
            }
            self.receive().await?;
        }
    }

    async fn chunks(&mut self) -> io::Result<usize> {
        let mut bytes = 0;
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
                return Ok(bytes);
            }
            bytes += size;
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
            _ => Ok(()),
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
