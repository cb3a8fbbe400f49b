//! The unit for machines without AWS.

use std::fs;
use std::process::Command;

use capi::config::Layers;

use crate::sources::root;

const UNIT: &str = "packaging/systemd/capi.service";

/// Exposure as `systemd-analyze security` counts it, times ten: up to 20 counts as good.
const MAX_EXPOSURE: &str = "--threshold=20";

#[cfg(target_os = "linux")]
#[test]
fn systemd_accepts_the_unit_and_rates_it_as_well_protected() {
    let directory = tempfile::tempdir().unwrap();
    // The program itself is not installed here.
    let unit = fs::read_to_string(root().join(UNIT)).unwrap();
    let unit = unit.replace("/usr/local/bin/capi", env!("CARGO_BIN_EXE_capi"));
    let file = directory.path().join("capi.service");
    fs::write(&file, unit).unwrap();
    for arguments in [["verify", "--man=no"].as_slice(), &["security", "--offline=true", MAX_EXPOSURE]] {
        let output = Command::new("systemd-analyze").args(arguments).arg(&file).output();
        let output =
            output.unwrap_or_else(|error| panic!("systemd-analyze is needed for this test: {error}"));
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(output.status.success(), "{arguments:?}: {}", said.concat());
        assert!(!said[1].contains("capi.service:"), "{arguments:?}: {}", said[1]);
    }
}

#[test]
fn the_settings_beside_the_unit_are_settings() {
    let text = fs::read_to_string(root().join("packaging/systemd/capi.default")).unwrap();
    let settings = text.lines().filter_map(|line| line.trim_start_matches('#').split_once('='));
    let settings = settings.filter(|(name, _)| name.starts_with("CAPI_"));
    let given: Vec<(String, String)> =
        settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert!(given.len() > 8, "{given:?}");
    // Files that are not here could not be read.
    let environment = given.into_iter().map(|(name, value)| match name.ends_with("_FILE") {
        true => (name, String::new()),
        false => (name, value),
    });
    let layers = Layers::new(environment.collect(), false).unwrap();
    assert_eq!(layers.warnings(), [""; 0]);
}
