//! cf_stack.yml itself: what CloudFormation would refuse, and what no stand-in checks.

use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::PARAMETERS_OF_2019;
use super::account::python;
use super::checkout::file;
use crate::sources::root;

/// The template with its functions as maps.
static TEMPLATE: LazyLock<Value> = LazyLock::new(|| {
    let program = "import json, sys; from cfnlint.decode import cfn_yaml; print(json.dumps(cfn_yaml.load(sys.argv[1])))";
    let output = Command::new(python()).args(["-c", program, &file("cf_stack.yml")]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
});

fn properties(resource: &str) -> &'static Value {
    let found = &TEMPLATE["Resources"][resource]["Properties"];
    assert!(found.is_object(), "the template has no {resource}");
    found
}

#[test]
fn the_template_is_one_that_cloudformation_takes() {
    let lint = root().join(".dev/bin/cfn-lint");
    let output =
        Command::new(lint).args(["--regions", "us-west-1", "--", &file("cf_stack.yml")]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let size = std::fs::metadata(file("cf_stack.yml")).unwrap().len();
    assert!(size <= 51_200, "a template that is sent with the request has at most 51200 bytes, not {size}");
}

#[test]
fn the_parameters_of_the_template_of_2019_are_there() {
    let parameters = TEMPLATE["Parameters"].as_object().unwrap();
    for name in PARAMETERS_OF_2019.into_iter().chain(["DNSName"]) {
        assert!(parameters.contains_key(name), "{name}");
    }
    let secret = |name: &&String| {
        ["KEY", "SECRET", "RPC", "URL"].iter().any(|word| name.to_uppercase().contains(word))
    };
    assert_eq!(parameters.keys().filter(secret).collect::<Vec<_>>(), ["ImageUrl"]);
}

#[test]
fn tables_and_bucket_outlive_the_stack() {
    for resource in ["Table", "StateTable", "Bucket"] {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(TEMPLATE["Resources"][resource][policy], "Retain", "{resource}");
        }
    }
    for table in ["Table", "StateTable"] {
        let recovery = &properties(table)["PointInTimeRecoverySpecification"];
        assert_eq!(recovery, &json!({"PointInTimeRecoveryEnabled": true}), "{table}");
        assert_eq!(properties(table)["SSESpecification"], json!({"SSEEnabled": true}), "{table}");
        assert_eq!(properties(table)["DeletionProtectionEnabled"], json!(true), "{table}");
    }
    let expiry = &properties("StateTable")["TimeToLiveSpecification"];
    assert_eq!(expiry, &json!({"AttributeName": "expires", "Enabled": true}));
}

#[test]
fn the_bucket_is_private_and_forgets_uploads_that_were_not_finished() {
    let bucket = properties("Bucket");
    let blocked = bucket["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert_eq!(blocked.len(), 4);
    assert!(blocked.values().all(|value| value == &json!(true)), "{blocked:?}");
    assert_eq!(bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "BucketOwnerEnforced");
    let rule = &bucket["LifecycleConfiguration"]["Rules"][0];
    assert_eq!(
        (&rule["Status"], &rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]),
        (&json!("Enabled"), &json!(2))
    );
    let statement = &properties("BucketPolicy")["PolicyDocument"]["Statement"][0];
    assert_eq!(
        (&statement["Effect"], &statement["Condition"]["Bool"]["aws:SecureTransport"]),
        (&json!("Deny"), &json!("false"))
    );
}

#[test]
fn a_deployment_replaces_servers_only_by_ones_that_are_healthy() {
    let service = properties("Service");
    assert_eq!(service["LaunchType"], "FARGATE");
    let wanted = json!({
        "MinimumHealthyPercent": 100, "MaximumPercent": 200, "DeploymentCircuitBreaker": {"Enable": true, "Rollback": true},
    });
    assert_eq!(service["DeploymentConfiguration"], wanted);
    assert_eq!(service["HealthCheckGracePeriodSeconds"], json!({"Ref": "HealthCheckGraceSeconds"}));
    let network = &service["NetworkConfiguration"]["AwsvpcConfiguration"];
    assert_eq!(
        (&network["AssignPublicIp"], &network["Subnets"]),
        (&json!("DISABLED"), &json!({"Ref": "ServiceSubnets"}))
    );
    let target = &service["LoadBalancers"][0];
    assert_eq!((&target["ContainerName"], &target["ContainerPort"]), (&json!("capi"), &json!(5000)));
}

#[test]
fn the_task_runs_on_fargate_without_rights_and_without_secrets() {
    let task = properties("TaskDefinition");
    assert_eq!(
        (&task["RequiresCompatibilities"], &task["NetworkMode"]),
        (&json!(["FARGATE"]), &json!("awsvpc"))
    );
    let container = &task["ContainerDefinitions"][0];
    assert_eq!(
        (&container["User"], &container["ReadonlyRootFilesystem"]),
        (&json!("65532:65532"), &json!(true))
    );
    assert_eq!(container["LinuxParameters"]["Capabilities"]["Drop"], json!(["ALL"]));
    let names: Vec<&str> = container["Environment"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["Name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["CAPI_STACK", "CAPI_REGION", "CAPI_DATA_DIR", "CAPI_DRAIN_SECONDS", "CAPI_TRUSTED_PROXIES"]
    );
    let drain: u64 = container["Environment"][3]["Value"].as_str().unwrap().parse().unwrap();
    let stop = container["StopTimeout"].as_u64().unwrap();
    assert!(drain < stop && stop <= 120, "Fargate ends a task {stop} s after SIGTERM, at most 120");
}

#[test]
fn the_role_may_sign_with_the_key_of_the_stack_what_the_server_signs_and_nothing_else() {
    assert_eq!(TEMPLATE["Resources"]["KmsPolicy"]["Condition"], "HasKmsKey");
    let statements = properties("KmsPolicy")["PolicyDocument"]["Statement"].as_array().unwrap();
    assert!(statements.iter().all(|statement| statement["Resource"] == json!({"Ref": "KmsArn"})));
    assert_eq!(
        (&statements[0]["Action"], &statements[1]["Action"]),
        (&json!("kms:GetPublicKey"), &json!("kms:Sign"))
    );
    let wanted = json!({"kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "DIGEST"});
    assert_eq!(statements[1]["Condition"]["StringEquals"], wanted);
}

/// The managed policy of the role reaches every group of logs, so the stack's own is carved out.
#[test]
fn the_role_has_the_managed_policy_and_is_kept_to_its_own_logs() {
    let managed = &properties("Role")["ManagedPolicyArns"][0]["Fn::Sub"];
    assert_eq!(
        managed,
        "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    );
    let denied = &properties("LogsPolicy")["PolicyDocument"]["Statement"][0];
    assert_eq!(
        (&denied["Effect"], &denied["Action"]),
        (&json!("Deny"), &json!(["logs:CreateLogStream", "logs:PutLogEvents"]))
    );
    for resource in denied["NotResource"].as_array().unwrap() {
        assert!(resource["Fn::Sub"].as_str().unwrap().contains(":log-group:${LogGroup}"), "{resource}");
    }
}

#[test]
fn every_alarm_watches_what_is_measured_and_tells_the_topic() {
    let own = json!({"Ref": "DNSName"});
    let balancer = json!("AWS/ApplicationELB");
    for (alarm, namespace, metric, statistic, comparison) in [
        ("UnhealthyHostsAlarm", &balancer, "UnHealthyHostCount", "Maximum", "GreaterThanThreshold"),
        ("NoHealthyHostsAlarm", &balancer, "HealthyHostCount", "Minimum", "LessThanThreshold"),
        ("ServerErrorsAlarm", &balancer, "HTTPCode_Target_5XX_Count", "Sum", "GreaterThanThreshold"),
        ("LoadBalancerErrorsAlarm", &balancer, "HTTPCode_ELB_5XX_Count", "Sum", "GreaterThanThreshold"),
        ("FollowerLagAlarm", &own, "capi_follower_lag_blocks", "Maximum", "GreaterThanThreshold"),
        ("ChainStandsStillAlarm", &own, "capi_head_age_seconds", "Maximum", "GreaterThanThreshold"),
        ("UnsettledDeliveriesAlarm", &own, "capi_deliveries_unsettled", "Maximum", "GreaterThanThreshold"),
        ("OldestUnsettledAlarm", &own, "capi_unsettled_oldest_seconds", "Maximum", "GreaterThanThreshold"),
        ("LowFundsAlarm", &own, "capi_backend_funds_ether", "Minimum", "LessThanThreshold"),
        ("FundsExhaustedAlarm", &own, "capi_backend_funds_ether", "Minimum", "LessThanThreshold"),
        ("NoChainNodeAlarm", &own, "capi_node_up", "Maximum", "LessThanThreshold"),
        ("TransactionsPendingAlarm", &own, "capi_transactions_pending", "Minimum", "GreaterThanThreshold"),
        ("ChainNodeDownAlarm", &own, "capi_node_up", "Minimum", "LessThanThreshold"),
        ("UndecodableLogsAlarm", &own, "capi_undecodable_logs", "Maximum", "GreaterThanThreshold"),
        ("StoreDownAlarm", &own, "capi_store_up", "Minimum", "LessThanThreshold"),
        ("WorkParkedAlarm", &own, "capi_jobs_parked", "Maximum", "GreaterThanThreshold"),
        ("PanicsAlarm", &own, "capi_panics_total", "Sum", "GreaterThanThreshold"),
        ("SlowRequestsAlarm", &own, "capi_http_request_duration_seconds", "p95", "GreaterThanThreshold"),
    ] {
        let properties = properties(alarm);
        assert_eq!(
            (&properties["Namespace"], &properties["MetricName"]),
            (namespace, &json!(metric)),
            "{alarm}"
        );
        let found = properties.get("Statistic").unwrap_or(&properties["ExtendedStatistic"]);
        assert_eq!((found, &properties["ComparisonOperator"]), (&json!(statistic), &json!(comparison)));
        assert_eq!(properties["AlarmActions"]["Fn::If"][0], "HasAlarmTopic", "{alarm}");
        if namespace == &own {
            let known = capi::telemetry::metrics::ALL.iter().any(|(name, ..)| *name == metric);
            assert!(known, "the server has no metric {metric}");
            assert_eq!(properties["Dimensions"], Value::Null, "{alarm}");
        }
    }
}
