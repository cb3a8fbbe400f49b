//! The minimal server on this HTTP library: it answers every request with the same bytes and checks nothing.

use std::path::PathBuf;
use std::process::Stdio;

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer, web};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::load::Target;

/// The first argument of the reference process.
const ASKED: &str = "serve-as-reference";

/// A running reference in its own process, like `capi`. Dropping the value kills it.
pub struct Reference {
    pub target: Target,
    _process: Child,
    _file: NamedTempFile,
}

impl Reference {
    /// Responds with these bytes from memory.
    pub async fn from_memory(bytes: &[u8]) -> Self {
        Self::start("memory", bytes).await
    }

    /// Responds with 304.
    pub async fn not_modified() -> Self {
        Self::start("not-modified", &[]).await
    }

    /// Responds to requests for lists with these bytes from memory, and to everything else with 200 and nothing.
    pub async fn of_lists(bytes: &[u8]) -> Self {
        Self::start("lists", bytes).await
    }

    async fn start(kind: &str, bytes: &[u8]) -> Self {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([ASKED, kind]).arg(file.path()).kill_on_drop(true).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.next_line().await.unwrap().expect("it says where it listens");
        let target = Target::new(&address, "/");
        Reference { target, _process: process, _file: file }
    }
}

/// Serves for ever if this process was started as a reference.
pub fn serve_if_asked() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [asked, kind, file] = arguments.as_slice()
        && asked == ASKED
    {
        actix_web::rt::System::new().block_on(serve(kind.clone(), file.into()));
    }
}

async fn serve(kind: String, file: PathBuf) {
    let bytes = Data::new(Bytes::from(std::fs::read(&file).unwrap()));
    let server = HttpServer::new(move || {
        let (path, route) = match kind.as_str() {
            "memory" => ("/", web::get().to(memory)),
            "lists" => ("/listings/", web::get().to(memory)),
            _ => ("/", web::get().to(async || HttpResponse::NotModified().finish())),
        };
        let app = App::new().app_data(bytes.clone()).route(path, route);
        app.default_service(web::to(async || HttpResponse::Ok().finish()))
    });
    let server = server.tcp_nodelay(true).bind("127.0.0.1:0").unwrap();
    println!("{}", server.addrs()[0]);
    server.run().await.unwrap();
}

async fn memory(bytes: Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(bytes.as_ref().clone())
}
