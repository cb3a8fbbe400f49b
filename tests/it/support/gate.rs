//! A gate in front of the chain node. When shut, the node is unreachable, for the server alone.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use url::Url;

/// Passes connections on to a node while it is open. Its threads end with the process.
pub struct Gate {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    open: bool,
    connections: Vec<TcpStream>,
}

impl Gate {
    /// An open gate before the node at `url`.
    pub fn before(url: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let node = format!("127.0.0.1:{}", url.port().expect("a node on a port"));
        let state = Arc::new(Mutex::new(State { open: true, connections: Vec::new() }));
        let shared = state.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // Dropped where the gate is shut: the server sees a connection that ends at once.
                let mut state = shared.lock().unwrap();
                if state.open
                    && let Ok(node) = TcpStream::connect(&node)
                {
                    state.connections.extend(pass_on(connection, node));
                }
            }
        });
        Gate { address, state }
    }

    pub fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    /// Ends all connections, and takes no more.
    pub fn shut(&self) {
        let mut state = self.state.lock().unwrap();
        state.open = false;
        for connection in state.connections.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    pub fn open(&self) {
        self.state.lock().unwrap().open = true;
    }
}

/// Copies in both directions in threads; returns a handle whose shutdown ends them.
fn pass_on(client: TcpStream, node: TcpStream) -> io::Result<TcpStream> {
    let handle = client.try_clone()?;
    copy(client.try_clone()?, node.try_clone()?);
    copy(node, client);
    Ok(handle)
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
