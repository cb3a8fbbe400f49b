//! A stack's server as objects of Kubernetes: JSON, which is YAML as well.

use serde_json::{Value, json};

use super::setting::{Definition, Display};

/// The paths that the image and the objects agree on.
const SECRETS: &str = "/run/secrets/capi";
const DATA: &str = "/data";
/// The image's user.
const USER: u64 = 65_532;

/// One server with a volume of its own, its settings, and a service in front. `missing` has to be in the secret
/// `capi-<stack>` under the names of the variables.
pub(super) fn manifests(
    stack: &str,
    given: &[(&'static dyn Definition, String)],
    missing: &[&'static dyn Definition],
) -> String {
    let name = format!("capi-{stack}");
    let labels = json!({"app.kubernetes.io/name": "capi", "app.kubernetes.io/instance": name});
    let mut settings: serde_json::Map<String, Value> =
        given.iter().map(|(setting, text)| (setting.variable(), json!(text))).collect();
    settings.insert("CAPI_STACK".into(), json!(stack));
    settings.insert("CAPI_SECRETS".into(), json!("none"));
    settings.insert("CAPI_METRICS_ADDR".into(), json!("0.0.0.0:9464"));
    settings.insert("CAPI_LOG_FORMAT".into(), json!("json"));
    settings.insert("CAPI_CLOUDWATCH_METRICS".into(), json!("false"));
    let list = json!({
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}, "data": settings},
            {
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": labels},
                "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
            },
            {
                "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "labels": labels},
                "spec": {
                    "serviceName": name, "replicas": 1, "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": pod(&name, missing)},
                    "volumeClaimTemplates": [{
                        "metadata": {"name": "data"},
                        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}},
                    }],
                },
            },
        ],
    });
    format!("{list:#}")
}

fn pod(name: &str, missing: &[&'static dyn Definition]) -> Value {
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": "http"}, "periodSeconds": 10});
    json!({
        // For running downloads and jobs.
        "terminationGracePeriodSeconds": 120,
        "automountServiceAccountToken": false,
        "securityContext": {"runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER},
        "containers": [{
            "name": "capi",
            "image": format!("capi:{}", env!("CARGO_PKG_VERSION")),
            "envFrom": [{"configMapRef": {"name": name}}],
            "env": missing.iter().map(|setting| variable(name, *setting)).collect::<Vec<_>>(),
            "ports": [{"name": "http", "containerPort": 5000}, {"name": "metrics", "containerPort": 9464}],
            "livenessProbe": probe("/health"),
            "readinessProbe": probe("/started"),
            "securityContext": {
                "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [
                {"name": "data", "mountPath": DATA},
                {"name": "secrets", "mountPath": SECRETS, "readOnly": true},
            ],
        }],
        "volumes": [{"name": "secrets", "secret": {"secretName": name}}],
    })
}

/// A secret comes as a file; what may not is a variable from the same object.
fn variable(name: &str, setting: &dyn Definition) -> Value {
    let variable = setting.variable();
    match setting.display() {
        Display::Whole => {
            json!({"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": variable}}})
        }
        Display::Addresses | Display::Secret => {
            json!({"name": format!("{variable}_FILE"), "value": format!("{SECRETS}/{variable}")})
        }
    }
}
