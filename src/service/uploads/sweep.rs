//! Removes the files of uploads that were interrupted or have expired.

use std::time::Duration;

use super::super::{Context, ServiceResult};
use super::job_id;
use super::partial::is_wanted_part;
use super::staging::PREFIX;
use crate::domain::Timestamp;

/// The age at which a file that belongs to no upload is removed. By then, its request has long ended.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);
/// Objects listed per request.
const PAGE: usize = 1000;

/// Removes incoming files that belong to no upload, because their requests were interrupted. Returns how many.
pub async fn sweep(ctx: &Context) -> ServiceResult<usize> {
    let abandoned = Timestamp(ctx.now().0.saturating_sub(ABANDONED_AFTER.as_millis() as u64));
    let mut removed = ctx.objects.sweep(abandoned).await?;
    let mut last: Option<String> = None;
    loop {
        let page = ctx.objects.list(PREFIX, last.as_deref(), PAGE).await?;
        for object in page.iter().filter(|object| object.modified < abandoned) {
            removed += usize::from(remove_unless_wanted(ctx, &object.key).await?);
        }
        match page.last() {
            Some(object) if page.len() == PAGE => last = Some(object.key.clone()),
            _ => return Ok(removed),
        }
    }
}

/// Removes a file that belongs to no upload.
async fn remove_unless_wanted(ctx: &Context, object: &str) -> ServiceResult<bool> {
    let name = object.strip_prefix(PREFIX).unwrap_or_default();
    let wanted = match is_wanted_part(ctx, name).await? {
        Some(wanted) => wanted,
        None => ctx.state.get(&ctx.jobs.key(&job_id(name)), ctx.now()).await?.is_some(),
    };
    if !wanted {
        ctx.objects.delete(object).await?;
    }
    Ok(!wanted)
}
