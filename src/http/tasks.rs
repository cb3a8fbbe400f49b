//! Tasks: work that continues after its response.

use std::fmt::Display;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{HttpResult, Problem};
use super::extract::Origin;
use super::json::JsonBody;
use super::schema::hash;
use crate::domain::{Hash, Task, TaskStatus};
use crate::service::{Context, watches};

/// Watch a transaction until it is mined
#[utoipa::path(
    post,
    path = "/tasks/",
    tag = "tasks",
    request_body = WatchBody,
    responses(
        (status = 201, body = TaskAccepted, headers(("Location" = String))),
        (status = 400, response = Problem),
        (status = 413, response = Problem),
        (status = 415, response = Problem),
        (status = 429, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn watch(ctx: web::Data<Context>, origin: Origin, body: JsonBody<WatchBody>) -> HttpResult {
    let task = watches::watch(&ctx, origin.0, body.0.tx_hash).await?;
    Ok(TaskAccepted::answer("the transaction is being watched", task))
}

/// Get a task's status
///
/// Finished tasks stay available for a day.
#[utoipa::path(
    get,
    path = "/tasks/{id}",
    tag = "tasks",
    params(("id" = String, Path, description = "The `task_id`")),
    responses(
        (status = 200, body = TaskBody, headers(("Cache-Control" = String))),
        (status = 404, response = Problem),
        (status = 503, response = Problem),
    )
)]
pub(super) async fn get(ctx: web::Data<Context>, origin: Origin, request: HttpRequest) -> HttpResult {
    let task = watches::task(&ctx, origin.0, request.match_info().query("id")).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(TaskBody::from(task)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct WatchBody {
    #[schema(schema_with = hash)]
    tx_hash: Hash,
}

/// The work continues; `GET /tasks/<task_id>` returns its status.
#[derive(Serialize, ToSchema)]
pub(super) struct TaskAccepted {
    message: &'static str,
    task_id: String,
}

impl TaskAccepted {
    pub(super) fn answer(message: &'static str, task: impl Display) -> HttpResponse {
        let location = (header::LOCATION, format!("/tasks/{task}"));
        HttpResponse::Created()
            .insert_header(location)
            .json(TaskAccepted { message, task_id: task.to_string() })
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct TaskBody {
    message: &'static str,
    /// `PENDING`, `STARTED`, `SUCCESS` or `FAILURE`.
    #[schema(value_type = String)]
    status: TaskStatus,
    /// The hash of the transaction that completed the work.
    #[schema(value_type = Option<String>, required)]
    result: Option<Hash>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<Task> for TaskBody {
    fn from(task: Task) -> Self {
        let message = match task.status {
            TaskStatus::Pending => "the task is waiting",
            TaskStatus::Started => "the task is running",
            TaskStatus::Success => "the task is done",
            TaskStatus::Failure => "the task failed",
        };
        TaskBody { message, status: task.status, result: task.result, error: task.error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{TaskId, Timestamp};

    #[test]
    fn a_task_tells_its_status_and_result_and_only_a_failure_its_error() {
        let task = Task::new(TaskId::from_random([0; 16]), Timestamp(0));
        let json = |task: Task| serde_json::to_string(&TaskBody::from(task)).unwrap();
        assert_eq!(
            json(task.clone()),
            r#"{"message":"the task is waiting","status":"PENDING","result":null}"#
        );
        let failed = Task { status: TaskStatus::Failure, error: Some("it reverted".into()), ..task };
        assert_eq!(
            json(failed),
            r#"{"message":"the task failed","status":"FAILURE","result":null,"error":"it reverted"}"#
        );
    }
}
