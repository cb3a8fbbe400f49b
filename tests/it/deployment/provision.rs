//! scripts/provision on a stand-in for AWS.

use capi::config::MetadataStore;
use capi::store::metadata;
use serde_json::{Value, json};

use super::account::{Account, CANARY};
use super::checkout::Checkout;

const ACCOUNT: &str = "123456789012";

async fn with_secret(stack: &str, changes: Value) -> (Account, Checkout) {
    let account = Account::open().await;
    let secret = account.secret(stack, changes);
    account.put_secret(stack, &secret).await;
    (account, Checkout::new())
}

async fn provisioned(stack: &str) -> (Account, Checkout) {
    let (account, checkout) = with_secret(stack, json!({})).await;
    let said = checkout.run(&account, "scripts/provision", &[stack]).await.well();
    assert!(said.starts_with(&format!("Creating capi-{stack} in us-west-1 ...")), "{said}");
    assert!(said.ends_with(&format!("capi-{stack} is CREATE_COMPLETE.\n")), "{said}");
    assert!(said.contains("CREATE_IN_PROGRESS"), "events are told: {said}");
    (account, checkout)
}

fn policy(stack: &str, name: &str) -> Value {
    json!(["iam", "get_role_policy", {"RoleName": format!("capi_{stack}_role"), "PolicyName": name}])
}

fn statements(answer: &Value) -> Vec<Value> {
    answer["PolicyDocument"]["Statement"].as_array().unwrap().clone()
}

/// Checks all aspects of one stack, because creating it takes longer than checking it.
#[tokio::test]
async fn every_resource_and_every_policy_of_a_stack_is_created() {
    let (account, _checkout) = provisioned("skynet").await;
    everything_is_there(&account).await;
    requests_reach_the_server_over_tls_alone(&account).await;
    the_role_reaches_nothing_of_another_stack(&account).await;
    the_tables_are_those_that_the_server_would_make(&account).await;
}

async fn everything_is_there(account: &Account) {
    let answers = account
        .ask_all(json!([
            ["dynamodb", "describe_table", {"TableName": "capi-skynet"}],
            ["s3", "get_bucket_encryption", {"Bucket": "capi-skynet"}],
            ["logs", "describe_log_groups", {}],
            ["elbv2", "describe_load_balancers", {}],
            ["elbv2", "describe_target_groups", {}],
            ["ecs", "describe_clusters", {"clusters": ["ffa"]}],
            ["ecs", "describe_services", {"cluster": "ffa", "services": ["capi-skynet"]}],
            ["ecs", "describe_task_definition", {"taskDefinition": "capi-skynet"}],
            ["cloudformation", "describe_stacks", {"StackName": "capi-skynet"}],
        ]))
        .await;
    let [table, encryption, logs, balancers, targets, clusters, services, task, stacks] = &answers[..] else {
        panic!("an answer for each question")
    };
    assert_eq!(table["Table"]["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    let rule = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0];
    assert_eq!(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
    let group = &logs["logGroups"][0];
    assert_eq!((&group["logGroupName"], &group["retentionInDays"]), (&json!("capi-skynet"), &json!(90)));

    let balancer = &balancers["LoadBalancers"][0];
    assert_eq!((&balancer["Scheme"], &balancer["Type"]), (&json!("internet-facing"), &json!("application")));
    let target = &targets["TargetGroups"][0];
    assert_eq!((&target["TargetType"], &target["Port"]), (&json!("ip"), &json!(5000)));
    assert_eq!(
        (&target["HealthCheckPath"], &target["Matcher"]["HttpCode"]),
        (&json!("/started"), &json!("200"))
    );
    assert_eq!(clusters["clusters"][0]["status"], "ACTIVE");
    assert_eq!(services["services"][0]["status"], "ACTIVE");

    let container = &task["taskDefinition"]["containerDefinitions"][0];
    assert_eq!(container["image"], format!("{ACCOUNT}.dkr.ecr.us-west-1.amazonaws.com/capi:skynet"));
    assert_eq!(container["command"], json!(["serve"]));
    assert_eq!(container["environment"][0], json!({"name": "CAPI_STACK", "value": "skynet"}));
    assert_eq!(
        (&container["user"], &container["readonlyRootFilesystem"]),
        (&json!("65532:65532"), &json!(true))
    );
    assert_eq!(container["stopTimeout"], 120);
    assert_eq!(container["logConfiguration"]["logDriver"], "awslogs");
    assert_eq!(container["healthCheck"]["command"], json!(["CMD", "/capi", "health"]));
    assert_eq!(container["portMappings"][0]["containerPort"], 5000);

    let stack = &stacks["Stacks"][0];
    assert!(!stack.to_string().contains(CANARY), "a secret became a parameter");
    assert_eq!(stack["Outputs"].as_array().unwrap().len(), 4);
}

async fn requests_reach_the_server_over_tls_alone(account: &Account) {
    let balancers = account.ask("elbv2", "describe_load_balancers", json!({})).await;
    let balancer = &balancers["LoadBalancers"][0];
    let zones = account.ask("route53", "list_hosted_zones", json!({})).await;
    let answers = account
        .ask_all(json!([
            ["elbv2", "describe_listeners", {"LoadBalancerArn": balancer["LoadBalancerArn"]}],
            ["route53", "list_resource_record_sets", {"HostedZoneId": zones["HostedZones"][0]["Id"]}],
        ]))
        .await;
    let listeners = answers[0]["Listeners"].as_array().unwrap();
    let on = |port: u64| listeners.iter().find(|listener| listener["Port"] == port).unwrap();
    let redirect = &on(80)["DefaultActions"][0];
    assert_eq!(
        (&redirect["Type"], &redirect["RedirectConfig"]["Protocol"]),
        (&json!("redirect"), &json!("HTTPS"))
    );
    assert_eq!(redirect["RedirectConfig"]["StatusCode"], "HTTP_301");
    assert_eq!(on(443)["Protocol"], "HTTPS");
    let certificate = on(443)["Certificates"][0]["CertificateArn"].as_str().unwrap();
    assert!(certificate.contains(":certificate/"), "{certificate}");

    let rules = account.ask("elbv2", "describe_rules", json!({"ListenerArn": on(443)["ListenerArn"]})).await;
    let rule = &rules["Rules"][0];
    assert_eq!(rule["Conditions"][0]["HostHeaderConfig"]["Values"], json!(["skynet.example.org"]));
    assert_eq!(rule["Actions"][0]["Type"], "forward");

    let records = answers[1]["ResourceRecordSets"].as_array().unwrap();
    let record = records.iter().find(|record| record["Type"] == "CNAME").unwrap();
    assert_eq!(record["Name"].as_str().unwrap().trim_end_matches('.'), "skynet.example.org");
    assert_eq!(record["ResourceRecords"][0]["Value"], balancer["DNSName"]);
}

async fn the_role_reaches_nothing_of_another_stack(account: &Account) {
    let answers = account
        .ask_all(json!([
            ["iam", "get_role", {"RoleName": "capi_skynet_role"}],
            policy("skynet", "capi_skynet_dynamo"),
            policy("skynet", "capi_skynet_s3"),
            policy("skynet", "capi_skynet_secrets"),
            policy("skynet", "capi_skynet_logs"),
        ]))
        .await;
    let [role, dynamo, files, secrets, logs] = &answers[..] else { panic!("an answer for each question") };
    let trust = &role["Role"]["AssumeRolePolicyDocument"]["Statement"][0];
    assert_eq!(trust["Principal"], json!({"Service": "ecs-tasks.amazonaws.com"}));

    let tables = format!("arn:aws:dynamodb:us-west-1:{ACCOUNT}:table/capi-skynet");
    assert_eq!(statements(dynamo).len(), 1);
    assert_eq!(statements(dynamo)[0]["Resource"], json!([tables, format!("{tables}-state")]));
    let actions = statements(dynamo)[0]["Action"].to_string();
    for unwanted in ["*", "Scan", "DeleteTable", "CreateTable", "UpdateTable"] {
        assert!(!actions.contains(unwanted), "{unwanted} in {actions}");
    }

    let [bucket, objects] = &statements(files)[..] else { panic!("{files}") };
    assert_eq!(bucket["Resource"], "arn:aws:s3:::capi-skynet");
    assert_eq!(objects["Resource"], "arn:aws:s3:::capi-skynet/*");
    assert!(![bucket, objects].iter().any(|part| part["Action"].to_string().contains('*')), "{files}");

    let secret = format!("arn:aws:secretsmanager:us-west-1:{ACCOUNT}:secret:capi-skynet-??????");
    let read = json!([{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret}]);
    assert_eq!(json!(statements(secrets)), read);

    let [elsewhere] = &statements(logs)[..] else { panic!("{logs}") };
    assert_eq!(elsewhere["Effect"], "Deny");
    let own = format!("arn:aws:logs:us-west-1:{ACCOUNT}:log-group:capi-skynet");
    assert_eq!(elsewhere["NotResource"], json!([own, format!("{own}:*")]));
}

async fn the_tables_are_those_that_the_server_would_make(account: &Account) {
    let store = MetadataStore::DynamoDb { service: account.service(), table: "by-the-server".to_owned() };
    metadata::create_tables(&store).await.unwrap();
    let table = |name: &str| json!(["dynamodb", "describe_table", {"TableName": name}]);
    let answers = account
        .ask_all(json!([
            table("capi-skynet"),
            table("capi-skynet-state"),
            table("by-the-server"),
            table("by-the-server-state"),
        ]))
        .await;
    for (ours, theirs) in [(0, 2), (1, 3)] {
        for part in ["KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes"] {
            assert_eq!(answers[ours]["Table"][part], answers[theirs]["Table"][part], "{part}");
        }
    }
}

#[tokio::test]
async fn a_second_run_has_nothing_to_do_and_an_edit_of_the_template_or_the_secret_updates() {
    let (account, checkout) = provisioned("skynet").await;
    let nothing = async || {
        let said = checkout.run(&account, "scripts/provision", &["skynet"]).await.well();
        assert!(said.starts_with("There is nothing to do: capi-skynet matches"), "{said}");
    };
    nothing().await;
    let more = "Resources:\n  Extra:\n    Type: AWS::Logs::LogGroup\n    Properties: {LogGroupName: extra}\n";
    checkout.edit("cf_stack.yml", "Resources:\n", more);
    let said = checkout.run(&account, "scripts/provision", &["skynet"]).await.well();
    assert!(said.starts_with("Updating capi-skynet in us-west-1 ..."), "{said}");
    assert!(said.ends_with("capi-skynet is UPDATE_COMPLETE.\n"), "{said}");
    let logs = account.ask("logs", "describe_log_groups", json!({})).await;
    assert_eq!(logs["logGroups"].as_array().unwrap().len(), 2);
    nothing().await;

    let secret = account.secret("skynet", json!({"CPU": "1024", "Memory": "2048"})).to_string();
    let secret = json!({"SecretId": "capi-skynet", "SecretString": secret});
    account.ask("secretsmanager", "put_secret_value", secret).await;
    let said = checkout.run(&account, "scripts/provision", &["skynet"]).await.well();
    assert!(said.starts_with("Updating capi-skynet"), "{said}");
    let stacks = account.ask("cloudformation", "describe_stacks", json!({"StackName": "capi-skynet"})).await;
    let parameters = stacks["Stacks"][0]["Parameters"].as_array().unwrap();
    assert!(parameters.contains(&json!({"ParameterKey": "CPU", "ParameterValue": "1024"})), "{parameters:?}");
}

#[tokio::test]
async fn existing_resources_are_used_and_not_created_again() {
    let (account, checkout) = with_secret("rinkeby", json!({})).await;
    let region = json!({"LocationConstraint": "us-west-1"});
    account
        .ask_all(json!([
            ["dynamodb", "create_table", {
                "TableName": "capi-rinkeby",
                "KeySchema": [{"AttributeName": "listing_hash", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "listing_hash", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            }],
            ["s3", "create_bucket", {"Bucket": "capi-rinkeby", "CreateBucketConfiguration": region}],
            ["ecs", "create_cluster", {"clusterName": "ffa"}],
            ["iam", "create_role", {"RoleName": "capi_rinkeby_role", "AssumeRolePolicyDocument": "{}"}],
        ]))
        .await;
    let said = checkout.run(&account, "scripts/provision", &["rinkeby"]).await.well();
    for sentence in [
        "The table capi-rinkeby exists and is used as it is.",
        "The bucket capi-rinkeby exists and is used as it is.",
        "The cluster ffa exists and is used as it is.",
        "The role capi_rinkeby_role exists and is used; the stack's policies are added to it.",
    ] {
        assert!(said.contains(sentence), "{sentence} in {said}");
    }
    let answers = account
        .ask_all(json!([
            ["cloudformation", "list_stack_resources", {"StackName": "capi-rinkeby"}],
            ["dynamodb", "describe_table", {"TableName": "capi-rinkeby-state"}],
            policy("rinkeby", "capi_rinkeby_dynamo"),
            ["ecs", "describe_task_definition", {"taskDefinition": "capi-rinkeby"}],
        ]))
        .await;
    let resources = answers[0]["StackResourceSummaries"].as_array().unwrap();
    let own = |name: &str| resources.iter().any(|resource| resource["LogicalResourceId"] == name);
    for name in ["Table", "Bucket", "Cluster", "Role"] {
        assert!(!own(name), "{name} is not the stack's own");
    }
    assert!(own("StateTable"), "the second table is new");
    assert_eq!(statements(&answers[2]).len(), 1, "the role that was there has the policy");
    let said = checkout.run(&account, "scripts/provision", &["rinkeby"]).await.well();
    assert!(said.contains("There is nothing to do"), "{said}");
}

#[tokio::test]
async fn a_stack_that_is_added_to_the_stack_file_is_provisioned_with_no_other_change() {
    let (account, checkout) =
        with_secret("sepolia", json!({"TABLE_NAME": null, "S3_DESTINATION": null})).await;
    checkout.append(
        "stacks.yml",
        "\nsepolia:\n  chain_id: \"11155111\"\n  region: us-west-1\n  table_name: sepolia-listings\n  \
         object_store: s3://sepolia-files\n  deployment:\n    LogRetentionDays: 30\n",
    );
    checkout.run(&account, "scripts/provision", &["sepolia"]).await.well();
    let answers = account
        .ask_all(json!([
            ["dynamodb", "describe_table", {"TableName": "sepolia-listings-state"}],
            ["s3", "head_bucket", {"Bucket": "sepolia-files"}],
            ["logs", "describe_log_groups", {"logGroupNamePrefix": "capi-sepolia"}],
            policy("sepolia", "capi_sepolia_dynamo"),
        ]))
        .await;
    assert!(answers.iter().all(|answer| !answer.is_null()), "{answers:?}");
    assert_eq!(answers[2]["logGroups"][0]["retentionInDays"], 30);
    assert!(answers[3].to_string().contains("table/sepolia-listings-state"));
}

#[tokio::test]
async fn mistakes_are_reported_before_anything_is_created() {
    let account = Account::open().await;
    let checkout = Checkout::new();
    let refused = async |stack: &str| checkout.run(&account, "scripts/provision", &[stack]).await.badly();

    let unknown = refused("nowhere").await;
    assert!(unknown.contains("\"nowhere\": expected one of the stacks of"), "{unknown}");
    assert!(unknown.contains("local, mainnet, rinkeby, skynet"), "{unknown}");
    assert!(refused("local").await.contains("the stack local has no deployment"));
    let absent = refused("mainnet").await;
    assert!(absent.starts_with("The secret capi-mainnet cannot be read in us-west-1: "), "{absent}");

    let secret = account.secret("mainnet", json!({"SSLCertArn": null, "ImageUrl": ""}));
    account.put_secret("mainnet", &secret).await;
    let lacking = refused("mainnet").await;
    assert!(lacking.starts_with("The secret capi-mainnet lacks SSLCertArn, ImageUrl:"), "{lacking}");

    account.put_secret("rinkeby", &account.secret("rinkeby", json!({"REGION": "eu-west-1"}))).await;
    let elsewhere = refused("rinkeby").await;
    assert_eq!(elsewhere, "The secret capi-rinkeby says REGION eu-west-1, but the stack is in us-west-1.\n");

    checkout.edit("stacks.yml", "    DesiredCount:", "    DesiredCuont:");
    account.put_secret("skynet", &account.secret("skynet", json!({}))).await;
    let misspelt = refused("skynet").await;
    let sentence =
        "The deployment of the stack skynet sets DesiredCuont, which cf_stack.yml does not know.\n";
    assert_eq!(misspelt, sentence);

    let text = json!({"SecretId": "capi-skynet", "SecretString": "just text"});
    account.ask("secretsmanager", "put_secret_value", text).await;
    assert_eq!(refused("skynet").await, "The secret capi-skynet is not a JSON object.\n");

    let stacks = account.ask("cloudformation", "list_stacks", json!({})).await;
    assert_eq!(stacks["StackSummaries"], json!([]));
}

#[tokio::test]
async fn the_reason_of_a_failure_is_told() {
    let (account, checkout) = with_secret("skynet", json!({"HostedZoneId": "ZNOWHERE"})).await;
    let refused = checkout.run(&account, "scripts/provision", &["skynet"]).await.badly();
    assert!(refused.contains("AWS refused CreateStack: "), "{refused}");
    assert!(!refused.contains(CANARY), "{refused}");
}

#[tokio::test]
async fn incorrect_usage_is_answered_with_the_correct_one() {
    let checkout = Checkout::new();
    for script in
        ["scripts/provision", "scripts/restart_service", "scripts/publish_image", "scripts/deploy.sh"]
    {
        let ended = checkout.run_anywhere(script, &[], &[]).await;
        assert_eq!(ended.code, Some(2), "{script}");
        assert!(ended.complained.to_lowercase().contains("usage: "), "{script}: {}", ended.complained);
    }
}
