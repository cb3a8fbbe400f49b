//! A connection to a server that breaks in the middle of responses.

use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use url::Url;

/// Passes connections on to a server. Its threads end with the process.
pub struct CutLine {
    address: SocketAddr,
    /// Host and port; empty until there is a server.
    server: Arc<Mutex<String>>,
    plan: Arc<Mutex<Plan>>,
}

/// A number of connections break once a number of bytes have passed.
#[derive(Default)]
struct Plan {
    connections: usize,
    /// From the client.
    sent: u64,
    /// From the server.
    bytes: u64,
}

impl CutLine {
    /// A line that holds, to the server at `url`.
    pub fn to(url: &Url) -> Self {
        let line = CutLine::open();
        line.connect(url);
        line
    }

    /// A line to a server that is [connected](Self::connect) later.
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Arc::new(Mutex::new(String::new()));
        let target = server.clone();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let shared = plan.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (sent, bytes) = shared.lock().unwrap().bytes_of_next();
                let server = target.lock().unwrap().clone();
                if let Ok(server) = TcpStream::connect(&server) {
                    let _ = pass_on(client, server, sent, bytes);
                }
            }
        });
        CutLine { address, server, plan }
    }

    /// The line leads to the server at `url`.
    pub fn connect(&self, url: &Url) {
        *self.server.lock().unwrap() = format!("127.0.0.1:{}", url.port().expect("a server on a port"));
    }

    pub fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    /// From now on the next `connections` break after `bytes` bytes from the server.
    pub fn cut(&self, connections: usize, bytes: u64) {
        *self.plan.lock().unwrap() = Plan { connections, sent: u64::MAX, bytes };
    }

    /// From now on the next `connections` break after `sent` bytes to the server.
    pub fn cut_requests(&self, connections: usize, sent: u64) {
        *self.plan.lock().unwrap() = Plan { connections, sent, bytes: u64::MAX };
    }

    /// How many connections have yet to break.
    pub fn left(&self) -> usize {
        self.plan.lock().unwrap().connections
    }
}

impl Plan {
    fn bytes_of_next(&mut self) -> (u64, u64) {
        if self.connections == 0 {
            return (u64::MAX, u64::MAX);
        }
        self.connections -= 1;
        (self.sent, self.bytes)
    }
}

fn pass_on(client: TcpStream, server: TcpStream, sent: u64, bytes: u64) -> io::Result<()> {
    let (mut request, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let passed = io::copy(&mut (&mut request).take(sent), &mut to_server);
        // Before the server sees the end, because what it says of that must not arrive.
        if passed.is_ok_and(|passed| passed == sent) {
            let _ = request.shutdown(Shutdown::Both);
        }
        let _ = to_server.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let (mut client, mut server) = (client, server);
        // A server whose response nobody reads has still processed the request.
        let _ = io::copy(&mut (&mut server).take(bytes), &mut client);
        if bytes == 0 {
            let _ = server.read(&mut [0]);
        }
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    });
    Ok(())
}
