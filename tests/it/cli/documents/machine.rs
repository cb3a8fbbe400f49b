//! An operator's machine: the package on a small Debian, nginx with the documents' configuration, and a development
//! market's chain.

use std::fmt::Write;
use std::fs;

use super::blocks::read;
use super::walk::{assert_walked, prepare, put_programs};
use crate::cli::program::{DevMarket, directory};
use crate::packages::deb::debian_package;
use crate::packages::put_certificate;
use crate::packages::root_directory::Machine;
use crate::sources::root;

const SEARCH_PATH: &str = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[test]
fn the_first_hour_a_backup_and_a_restore_go_as_the_documents_say() {
    let (directory, machine) = (directory(), Machine::new());
    let market = DevMarket::up_with(directory.path(), &["--no-serve"]);
    let home = machine.path().join("root");
    let package = debian_package(&machine.path().join("tmp"), "1");
    put_programs(&["apt-get", "curl", "journalctl", "systemctl"], &machine.path().join("usr/local/bin"));
    let certificate = machine.path().join("etc/letsencrypt/live/data.example.org");
    put_certificate(&certificate.join("privkey.pem"), &certificate.join("fullchain.pem"));
    let (fences, _) = read("docs/operating.md");
    let nginx = fences.iter().find(|fence| fence.language == "nginx").unwrap();
    fs::write(machine.path().join("etc/nginx/conf.d/capi.conf"), &nginx.text).unwrap();

    fs::create_dir(home.join("chain")).unwrap();
    fs::copy(directory.path().join("data/dev/market.json"), home.join("chain/market.json")).unwrap();
    fs::write(home.join("stacks.yml"), stack_file(&market)).unwrap();
    fs::copy(root().join("README.md"), home.join("README.md")).unwrap();
    let accounts = market.said["accounts"].as_array().unwrap();
    for account in accounts {
        let name = account["name"].as_str().unwrap();
        fs::write(home.join(format!("{name}.key")), account["key"].as_str().unwrap()).unwrap();
    }
    // An account that has no part in the market otherwise.
    let operator = &accounts[0];
    fs::write(home.join("operator.key"), operator["key"].as_str().unwrap()).unwrap();

    prepare("machine.sh", &home);
    let (node, operator) = (market.said["node"].as_str().unwrap(), operator["address"].as_str().unwrap());
    let package = format!("/tmp/{}", package.file_name().unwrap().to_str().unwrap());
    let output = machine.run(&format!(
        "exec env -i PATH={SEARCH_PATH} HOME=/root BLOCKS=/root/blocks CHAIN=/root/chain NODE={node} \
         OPERATOR={operator} PACKAGE={package} bash -euo pipefail /root/walk"
    ));
    assert_walked(&home, &output);
    market.stop();
}

/// The market as an operator would describe it, under the name of the examples.
fn stack_file(market: &DevMarket) -> String {
    let mut text = "mainnet:\n  chain_id: \"31337\"\n  genesis_block: \"0\"\n  confirmations: \"0\"\n  \
                    max_fee_gwei: \"100\"\n  max_eth_per_day: \"1\"\n"
        .to_owned();
    for (name, address) in market.said["contracts"].as_object().unwrap() {
        writeln!(text, "  {name}_contract_address: {address}").unwrap();
    }
    text
}
