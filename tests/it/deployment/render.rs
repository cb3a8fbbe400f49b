//! `capi config render`: what a deployment of a stack needs, in the form that its tools read.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::NamedTempFile;

use super::account::CANARY;

fn render(arguments: &[&str], variables: &[(&str, &str)], secret: Option<&Value>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    command.args(["config", "render"]).args(arguments).env_clear().envs(variables.iter().copied());
    let mut process =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(secret.map(Value::to_string).unwrap_or_default().as_bytes()).unwrap();
    drop(input);
    process.wait_with_output().unwrap()
}

fn rendered(arguments: &[&str]) -> String {
    succeeded(render(arguments, &[], None))
}

fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(output: Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

fn parameters(text: &str) -> BTreeMap<String, String> {
    let list: Vec<Value> = serde_json::from_str(text).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.iter().map(|each| (text(&each["ParameterKey"]), text(&each["ParameterValue"]))).collect()
}

#[test]
fn the_variables_of_a_stack_start_a_server_when_what_is_secret_is_added() {
    let text = rendered(&["mainnet", "--as", "env"]);
    let lines = || text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines().next(), Some("CAPI_STACK=mainnet"));
    assert!(lines().any(|line| line == "CAPI_CHAIN_ID=1"), "{text}");
    for missing in ["CAPI_RPC_PATH", "CAPI_DATATRUST_KEY", "CAPI_JWT_SECRET_KEY", "CAPI_DNS_NAME"] {
        assert!(text.contains(&format!("\n# {missing}: ")), "{missing} in {text}");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_capi"));
    command.args(["config", "check"]).env_clear().envs(lines().map(|line| line.split_once('=').unwrap()));
    command.env("CAPI_RPC_PATH", "https://node.example").env("CAPI_JWT_SECRET_KEY", "k".repeat(32));
    command.env("CAPI_DATATRUST_KEY", "4c".repeat(32)).env("CAPI_DNS_NAME", "data.example.org");
    // The address of the known stacks is that of a key that nobody here has; nothing needs AWS to be checked.
    command.env("CAPI_PUBLIC_KEY", "0xdB00079cad3e665853Bf766eFe26F4C38cdbdCDA").env("CAPI_SECRETS", "none");
    assert_eq!(succeeded(command.output().unwrap()), "ok\n");
}

#[test]
fn a_compose_file_takes_the_fragment_and_asks_for_what_is_secret() {
    let text = rendered(&["rinkeby", "--as", "compose"]);
    let fragment: BTreeMap<String, BTreeMap<String, String>> = serde_saphyr::from_str(&text).unwrap();
    let environment = &fragment["environment"];
    assert_eq!(environment["CAPI_STACK"], "rinkeby");
    assert_eq!(environment["CAPI_GENESIS_BLOCK"], "5436555");
    assert!(environment["CAPI_DATATRUST_KEY"].starts_with("${CAPI_DATATRUST_KEY:?"), "{text}");
}

#[test]
fn the_template_is_given_what_the_stack_file_knows() {
    let known = parameters(&rendered(&["skynet", "--as", "cloudformation"]));
    assert_eq!(known["Stack"], "skynet");
    assert_eq!(known["REGION"], "us-west-1");
    assert_eq!((&*known["TableName"], &*known["BucketName"]), ("capi-skynet", "capi-skynet"));
    assert_eq!(known["DesiredCount"], "1");
    assert!(!known.contains_key("DNSName"), "only the secret has it");
}

#[test]
fn the_secret_says_what_the_server_will_use_and_nothing_secret_is_shown() {
    let secret = serde_json::json!({
        "TABLE_NAME": "ffa", "S3_DESTINATION": "ffa-files", "DNSName": "ffa.example.org",
        "RPC_PATH": format!("https://node.example/{CANARY}"), "DATATRUST_KEY": CANARY, "JWT_SECRET_KEY": CANARY,
        "CELERY_BROKER_URL": CANARY,
    });
    for form in ["env", "compose", "systemd", "kubernetes", "cloudformation"] {
        let text = succeeded(render(&["rinkeby", "--secret", "--as", form], &[], Some(&secret)));
        assert!(text.contains("ffa-files") && text.contains("ffa.example.org"), "{text}");
        assert!(!text.contains(CANARY), "{form} shows a secret");
    }
    let text = succeeded(render(&["rinkeby", "--secret", "--as", "cloudformation"], &[], Some(&secret)));
    assert_eq!(parameters(&text)["TableName"], "ffa");
    let text = succeeded(render(&["rinkeby", "--secret", "--as", "env"], &[], Some(&secret)));
    assert!(text.contains("# CAPI_RPC_PATH: "), "an address with a key in it is named, not shown: {text}");
}

#[test]
fn only_stacks_that_are_known_and_deployed_are_rendered() {
    let unknown = refused(render(&["nowhere", "--as", "env"], &[], None));
    assert!(
        unknown.contains("expected one of the stacks of the built-in stack file: local, mainnet, rinkeby")
    );
    let local = refused(render(&["local", "--as", "cloudformation"], &[], None));
    assert!(local.contains("the stack local has no deployment"), "{local}");
    let bad = serde_json::json!({"TABLE_NAME": "no table", "DATATRUST_KEY": "not looked at"});
    let bad = refused(render(&["rinkeby", "--secret", "--as", "env"], &[], Some(&bad)));
    assert!(bad.starts_with("capi: CAPI_TABLE_NAME from the secret capi-rinkeby is \"no table\""), "{bad}");
}

#[test]
fn the_environment_of_whoever_renders_does_not_get_into_a_deployment() {
    let variables = [("CAPI_TABLE_NAME", "mine"), ("CAPI_STACK", "skynet"), ("CAPI_DATATRUST_KEY", CANARY)];
    for form in ["env", "compose", "systemd", "kubernetes", "cloudformation"] {
        let with = succeeded(render(&["mainnet", "--as", form], &variables, None));
        assert_eq!(with, rendered(&["mainnet", "--as", form]));
    }
}

#[test]
fn characters_that_compose_would_expand_are_escaped() {
    let mut file = NamedTempFile::new().unwrap();
    writeln!(file, "odd:\n  dns_name: odd.example.org\n  log_level: \"info,a$b=debug\"").unwrap();
    let path = file.path().to_str().unwrap();
    let text = succeeded(render(&["odd", "--as", "compose"], &[("CAPI_STACKS_FILE", path)], None));
    assert!(text.contains("CAPI_LOG_LEVEL: \"info,a$$b=debug\""), "{text}");
}

#[test]
fn systemd_gets_secrets_as_credentials_of_the_service() {
    let text = rendered(&["mainnet", "--as", "systemd"]);
    for line in [
        "CAPI_STACK=mainnet",
        "CAPI_CHAIN_ID=1",
        "CAPI_DATATRUST_KEY_FILE=/run/credentials/capi.service/capi_CAPI_DATATRUST_KEY",
        "CAPI_RPC_PATH_FILE=/run/credentials/capi.service/capi_CAPI_RPC_PATH",
    ] {
        assert!(text.lines().any(|each| each == line), "{line}: {text}");
    }
    assert!(text.contains("# CAPI_DNS_NAME: "), "{text}");
}

#[test]
fn kubernetes_gets_a_server_without_rights_its_settings_and_files_for_its_secrets() {
    let list: Value = serde_json::from_str(&rendered(&["mainnet", "--as", "kubernetes"])).unwrap();
    let of = |kind: &str| list["items"].as_array().unwrap().iter().find(|item| item["kind"] == kind).unwrap();
    assert_eq!(of("ConfigMap")["data"]["CAPI_CHAIN_ID"], "1");
    let pod = &of("StatefulSet")["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(
        (&pod["securityContext"]["runAsUser"], &container["securityContext"]["readOnlyRootFilesystem"]),
        (&Value::from(65_532), &Value::from(true))
    );
    assert_eq!(pod["volumes"][0]["secret"]["secretName"], "capi-mainnet");
    let env = container["env"].as_array().unwrap();
    let variable = |name: &str| env.iter().find(|each| each["name"] == name).unwrap();
    assert_eq!(variable("CAPI_DATATRUST_KEY_FILE")["value"], "/run/secrets/capi/CAPI_DATATRUST_KEY");
    assert_eq!(variable("CAPI_DNS_NAME")["valueFrom"]["secretKeyRef"]["key"], "CAPI_DNS_NAME");
    assert_eq!(of("Service")["spec"]["ports"][0]["targetPort"], "http");
}
