//! A connection to a server that breaks in the middle of responses.

use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use url::Url;

/// Passes connections on to a server. Its threads end with the process.
pub struct CutLine {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
}

/// A number of connections break once a number of response bytes have passed.
#[derive(Default)]
struct Plan {
    connections: usize,
    bytes: u64,
}

impl CutLine {
    /// A line that holds, to the server at `url`.
    pub fn to(url: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = format!("127.0.0.1:{}", url.port().expect("a server on a port"));
        let plan = Arc::new(Mutex::new(Plan::default()));
        let shared = plan.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let bytes = shared.lock().unwrap().bytes_of_next();
                if let Ok(server) = TcpStream::connect(&server) {
                    let _ = pass_on(client, server, bytes);
                }
            }
        });
        CutLine { address, plan }
    }

    pub fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    /// From now on the next `connections` break after `bytes` bytes from the server.
    pub fn cut(&self, connections: usize, bytes: u64) {
        *self.plan.lock().unwrap() = Plan { connections, bytes };
    }

    /// How many connections have yet to break.
    pub fn left(&self) -> usize {
        self.plan.lock().unwrap().connections
    }
}

impl Plan {
    fn bytes_of_next(&mut self) -> u64 {
        if self.connections == 0 {
            return u64::MAX;
        }
        self.connections -= 1;
        self.bytes
    }
}

fn pass_on(client: TcpStream, server: TcpStream, bytes: u64) -> io::Result<()> {
    let (mut request, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut request, &mut to_server);
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
