//! A store that takes multipart uploads as S3 does and keeps nothing of them but their size.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use url::Url;

/// Its threads end with the process.
pub struct Sink {
    address: SocketAddr,
    parts: Arc<Mutex<Vec<u64>>>,
}

impl Sink {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let parts = Arc::default();
        let shared = Arc::clone(&parts);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let parts = Arc::clone(&shared);
                thread::spawn(move || serve(client, &parts));
            }
        });
        Sink { address, parts }
    }

    pub fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    /// The sizes of the parts that it took, in the order of their arrival.
    pub fn parts(&self) -> Vec<u64> {
        self.parts.lock().unwrap().clone()
    }
}

/// Answers the requests of a connection until it ends.
fn serve(client: TcpStream, parts: &Mutex<Vec<u64>>) -> io::Result<()> {
    let mut requests = BufReader::new(client.try_clone()?);
    let mut client = client;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if requests.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        if head.contains("expect: 100-continue") {
            client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        io::copy(&mut (&mut requests).take(length), &mut io::sink())?;
        let target = head.split(' ').nth(1).unwrap_or_default();
        if target.contains("partnumber=") {
            parts.lock().unwrap().push(length);
        }
        let body = answer(target);
        let reply = format!("HTTP/1.1 200 OK\r\netag: \"1\"\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        // At once: in pieces, each would wait for the one before to be acknowledged.
        client.write_all(reply.as_bytes())?;
    }
}

fn answer(target: &str) -> &'static str {
    match target {
        _ if target.contains("partnumber=") => "",
        _ if target.contains("uploadid=") => {
            "<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>"
        }
        _ if target.contains("uploads") => {
            "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
        }
        _ => "",
    }
}
