//! scripts/deploy.sh and scripts/restart_service: the image is pushed, and new servers take the place of old ones.

use serde_json::{Value, json};
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::account::Account;
use super::checkout::{Checkout, Ended};

const REPOSITORY: &str = "123456789012.dkr.ecr.us-west-1.amazonaws.com/capi";

/// Records its arguments and its input; fails for the arguments in the file `fail`.
const DOCKER: &str = "#!/bin/sh\n\
    echo \"$*\" >>\"$HOME/docker\"\n\
    if [ \"$1\" = login ]; then cat >>\"$HOME/password\"; fi\n\
    ! grep --quiet --line-regexp --no-messages -- \"$1\" \"$HOME/fail\"\n";

async fn deployed() -> (Account, Checkout) {
    let account = Account::open().await;
    account.put_secret("skynet", &account.secret("skynet", json!({}))).await;
    let checkout = Checkout::new();
    checkout.put_program("docker", DOCKER);
    checkout.run(&account, "scripts/provision", &["skynet"]).await.well();
    (account, checkout)
}

fn calls(checkout: &Checkout) -> Vec<String> {
    let Ok(calls) = std::fs::read_to_string(checkout.path("docker")) else { return Vec::new() };
    calls.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn the_image_is_tagged_with_branch_and_commit_and_the_servers_are_replaced() {
    let (account, checkout) = deployed().await;
    let commit = checkout.commit_on("fix/the-thing");
    let said = checkout.run(&account, "scripts/deploy.sh", &["skynet"]).await.well();
    let names = [
        format!("{REPOSITORY}:fix-the-thing"),
        format!("{REPOSITORY}:{}", &commit[..12]),
        format!("{REPOSITORY}:skynet"),
    ];
    let root = checkout.path("").canonicalize().unwrap();
    let build = format!(
        "build --build-arg GIT_COMMIT={commit} --tag {} --tag {} --tag {} {}",
        names[0],
        names[1],
        names[2],
        root.display()
    );
    let registry = REPOSITORY.strip_suffix("/capi").unwrap();
    let login = format!("login --username AWS --password-stdin {registry}");
    let pushes = names.map(|name| format!("push {name}"));
    assert_eq!(calls(&checkout), [&[build, login][..], &pushes[..]].concat());
    assert!(!checkout.read("password").is_empty(), "the password comes over the standard input");
    assert!(
        said.ends_with("The new servers of capi-skynet are running; old servers stopped: 0.\n"),
        "{said}"
    );
}

#[tokio::test]
async fn an_image_that_cannot_be_built_or_pushed_replaces_nothing() {
    let (account, checkout) = deployed().await;
    checkout.commit_on("skynet");
    for step in ["build", "push"] {
        std::fs::write(checkout.path("fail"), step).unwrap();
        let ended = checkout.run(&account, "scripts/deploy.sh", &["skynet"]).await;
        assert!(!ended.said.contains("Starting new servers"), "{}", ended.said);
        assert_eq!(ended.badly(), format!("docker {step} failed with exit code 1.\n"));
    }
}

#[tokio::test]
async fn only_branches_that_are_called_like_a_stack_are_deployed() {
    let (account, checkout) = deployed().await;
    checkout.commit_on("skynet");
    for branch in ["main", "skyne", "skynet2", "local", "chain_id", "sky.et"] {
        let said = checkout.run(&account, ".ci/deploy", &[branch]).await.well();
        assert_eq!(said, format!("The branch {branch} is not named after a stack: nothing is deployed.\n"));
    }
    assert_eq!(calls(&checkout), Vec::<String>::new());
    checkout.run(&account, ".ci/deploy", &["skynet"]).await.well();
    assert!(calls(&checkout).contains(&format!("push {REPOSITORY}:skynet")));
}

/// A service whose course a test tells: the stand-in for AWS runs no servers.
struct Service {
    endpoint: MockServer,
}

impl Service {
    /// With the running server `old`, which a new deployment is to replace.
    async fn new() -> Self {
        let service = Service { endpoint: MockServer::start().await };
        service.answers("ListTasks", json!({"taskArns": ["old"]}), 1).await;
        service
            .answers(
                "UpdateService",
                json!({"service": {"deployments": [deployment("new", "IN_PROGRESS", 0)]}}),
                1,
            )
            .await;
        service
    }

    /// The next `times` answers to an operation.
    async fn answers(&self, operation: &str, answer: Value, times: u64) {
        let target = format!("AmazonEC2ContainerServiceV20141113.{operation}");
        let reply = ResponseTemplate::new(200).set_body_json(answer);
        Mock::given(header("x-amz-target", &*target))
            .respond_with(reply)
            .up_to_n_times(times)
            .mount(&self.endpoint)
            .await;
    }

    async fn deployments(&self, deployments: &[Value]) {
        self.answers("DescribeServices", json!({"services": [{"deployments": deployments}]}), 1).await;
    }

    async fn old_server(&self, status: &str, times: u64) {
        let tasks = json!({"tasks": [{"taskArn": "old", "lastStatus": status}]});
        self.answers("DescribeTasks", tasks, times).await;
    }

    async fn restarted(&self, account: &Account, checkout: &Checkout, more: &[&str]) -> Ended {
        let arguments = [&["skynet"], more].concat();
        let mut variables = account.environment();
        variables.push(("AWS_ENDPOINT_URL_ECS", self.endpoint.uri()));
        checkout.run_anywhere("scripts/restart_service", &arguments, &variables).await
    }
}

fn deployment(id: &str, state: &str, running: u64) -> Value {
    json!({
        "id": id, "status": "PRIMARY", "rolloutState": state, "rolloutStateReason": "tasks failed to start",
        "runningCount": running, "desiredCount": 1,
    })
}

#[tokio::test]
async fn a_restart_waits_until_the_new_servers_run_and_the_old_ones_have_stopped() {
    let (account, checkout) = deployed().await;
    let service = Service::new().await;
    service.deployments(&[deployment("new", "IN_PROGRESS", 0), deployment("before", "COMPLETED", 1)]).await;
    service.deployments(&[deployment("new", "COMPLETED", 1)]).await;
    service.old_server("RUNNING", 1).await;
    service.old_server("STOPPED", 1).await;
    let said = service.restarted(&account, &checkout, &[]).await.well();
    let expected = "Starting new servers of capi-skynet in the cluster ffa ...\n\
        0 of 1 new servers are running.\n\
        1 of 1 new servers are running.\n\
        The new servers of capi-skynet are running; old servers stopped: 1.\n";
    assert_eq!(said, expected);
    let forced = service.endpoint.received_requests().await.unwrap().into_iter().find_map(|request| {
        let body: Value = request.body_json().unwrap();
        body.get("forceNewDeployment").cloned()
    });
    assert_eq!(forced, Some(json!(true)));
}

#[tokio::test]
async fn a_deployment_that_is_abandoned_or_does_not_settle_is_a_failure() {
    let (account, checkout) = deployed().await;
    let service = Service::new().await;
    service.deployments(&[deployment("new", "FAILED", 0)]).await;
    let failed = service.restarted(&account, &checkout, &[]).await.badly();
    assert_eq!(
        failed,
        "The new servers of capi-skynet were abandoned and the old ones keep running: tasks failed to start\n"
    );

    let service = Service::new().await;
    service.deployments(&[deployment("before", "IN_PROGRESS", 1)]).await;
    let overtaken = service.restarted(&account, &checkout, &[]).await.badly();
    assert_eq!(
        overtaken,
        "The new servers of capi-skynet were abandoned: another deployment replaced them.\n"
    );

    let service = Service::new().await;
    service.deployments(&[deployment("new", "IN_PROGRESS", 0)]).await;
    let unsettled = service.restarted(&account, &checkout, &["--timeout", "0"]).await.badly();
    assert_eq!(
        unsettled,
        "The new servers of capi-skynet do not become stable: 0 of 1 new servers are running.\n"
    );

    let service = Service::new().await;
    service.deployments(&[deployment("new", "COMPLETED", 1)]).await;
    service.old_server("RUNNING", 10).await;
    let running = service.restarted(&account, &checkout, &["--timeout", "0"]).await.badly();
    assert_eq!(running, "Old servers still running: 1.\n");

    let refused = checkout.run(&account, "scripts/restart_service", &["mainnet"]).await.badly();
    assert_eq!(refused, "There is no capi-mainnet in us-west-1: run scripts/provision mainnet.\n");
}
