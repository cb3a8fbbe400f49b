//! What the documents tell people to type is typed: every shell block is run by one of the scripts in `walks/`.
//!
//! A walk runs its blocks as they are printed, in the order in which a reader would, and does what other people do
//! meanwhile. It replaces an example's names and placeholders by what is there. `programs/` has stand-ins for what a test
//! cannot have: a service manager, an engine for containers, Amazon's command line.

mod blocks;
mod commands;
#[cfg(target_os = "linux")]
mod machine;
mod walk;

use std::collections::BTreeSet;

use tokio::task::spawn_blocking;

use self::blocks::{SHELL, every_fence};
use self::walk::Sandbox;
use crate::packages::release::{Release, VERSION};
use crate::support::moto::Moto;

/// A walk, and the blocks of a document that it runs: how their first lines begin.
type Route = (&'static str, &'static str, &'static [&'static str]);

const ROUTES: &[Route] = &[
    (
        "market.sh",
        "README.md",
        &["make dev ", "make demo ", "export PATH=", "API=http", "capi config check "],
    ),
    (
        "market.sh",
        "docs/api.md",
        &["LINK=", "curl -s 'localhost:5000/listings/?", "curl -s localhost:5000/market", "curl -sN "],
    ),
    (
        "machine.sh",
        "docs/operating.md",
        &[
            "apt-get install ",
            "capi key new --phrase ",
            "cat >/root/capi.env ",
            "capi admin status",
            "systemctl enable ",
            "capi admin register",
            "capi market unstake ",
            "export CAPI_STACK=mainnet CAPI_SECRETS=none CAPI_API=",
            "capi admin backup",
            "export CAPI_STACK=mainnet CAPI_SECRETS=none CAPI_RPC_PATH=",
            "CAPI_STACK=mainnet CAPI_SECRETS=none ",
            "CAPI_BACKUP_STORE=",
            "umask 077",
            "capi admin backup --verify ",
        ],
    ),
    ("release.sh", "docs/operating.md", &["sh install.sh ", "echo \"releases "]),
    ("aws.sh", "docs/operating.md", &["OLD=", "aws kms create-key "]),
    ("tools.sh", "docs/operating.md", &["printf '302e"]),
    ("tools.sh", "docs/deploying.md", &["docker create "]),
    ("tools.sh", "docs/simulation.md", &["make sim "]),
    ("tools.sh", "ops/ansible/README.md", &["ansible-galaxy "]),
    ("tools.sh", "web/README.md", &["make web "]),
];

/// The route of a block: of those whose beginning fits, the one that says most.
fn route(document: &str, text: &str) -> Option<(&'static str, &'static str)> {
    let of_document = ROUTES.iter().filter(|(_, name, _)| *name == document);
    let beginnings = of_document.flat_map(|(walk, _, all)| all.iter().map(move |one| (*walk, *one)));
    beginnings.filter(|(_, beginning)| text.starts_with(beginning)).max_by_key(|(_, one)| one.len())
}

#[test]
fn every_shell_block_of_the_documents_is_run_by_a_walk() {
    let mut seen = BTreeSet::new();
    for fence in every_fence() {
        let place = format!("{}:{}", fence.document, fence.line);
        // What is not for a shell: examples of files, pictures.
        if ["text", "yaml", "nginx", "ini"].contains(&fence.language.as_str()) {
            continue;
        }
        assert_eq!(fence.language, SHELL, "{place}: shell blocks begin with ```sh");
        let (walk, beginning) = route(&fence.document, &fence.text)
            .unwrap_or_else(|| panic!("{place}: no walk of tests/it/cli/documents/ runs this block"));
        assert!(seen.insert((fence.document, walk, beginning)), "{place}: another block begins like this");
    }
    for (walk, document, beginnings) in ROUTES {
        for beginning in *beginnings {
            let block = ((*document).to_owned(), *walk, *beginning);
            assert!(seen.contains(&block), "{document} has no block that begins with: {beginning}");
        }
    }
}

#[test]
fn the_readme_and_the_page_on_the_api_are_true_of_the_market_that_they_start() {
    Sandbox::new("market.sh").run(&[]);
}

#[test]
fn the_commands_for_other_tools_are_ones_that_these_take() {
    Sandbox::new("tools.sh").run(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_for_aws_restore_tables_and_create_a_key() {
    let moto = Moto::start().await;
    let environment = moto.environment();
    spawn_blocking(move || Sandbox::new("aws.sh").run(&environment)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_installed_and_verified_as_the_documents_say() {
    let release = Release::new().await;
    release.serve().await;
    let variables = vec![("ASSETS", release.assets().display().to_string()), ("VERSION", VERSION.to_owned())];
    spawn_blocking(move || Sandbox::new("release.sh").run(&variables)).await.unwrap();
}
