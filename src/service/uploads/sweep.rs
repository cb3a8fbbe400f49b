//! Removes the files of uploads that were interrupted or have expired.

use std::collections::HashMap;
use std::time::Duration;

use super::super::{Context, ServiceResult};
use super::job_id;
use super::partial::WantedParts;
use super::staging::PREFIX;
use crate::domain::Timestamp;

/// The age at which a file that belongs to no upload is looked at. Stores may count it from the beginning of the upload,
/// so one that was slow is that old when it ends.
const SUSPECT_AFTER: Duration = Duration::from_secs(60 * 60);
/// How long such a file has to belong to no upload. Between a file's end and the record of its upload are some calls.
const ABANDONED_AFTER: Duration = Duration::from_secs(15 * 60);
/// Objects listed per request.
const PAGE: usize = 1000;

/// Removes incoming files that belong to no upload, because their requests were interrupted.
#[derive(Default)]
pub struct Sweeper {
    /// Files that belonged to no upload, and since when.
    suspects: HashMap<String, Timestamp>,
}

impl Sweeper {
    /// Returns how many files it removed.
    pub async fn sweep(&mut self, ctx: &Context) -> ServiceResult<usize> {
        let before = Timestamp(ctx.now().0.saturating_sub(SUSPECT_AFTER.as_millis() as u64));
        let mut removed = ctx.objects.sweep(before).await?;
        let (mut suspects, mut last) = (HashMap::new(), None::<String>);
        let mut parts = WantedParts::default();
        loop {
            let page = ctx.objects.list(PREFIX, last.as_deref(), PAGE).await?;
            for object in page.iter().filter(|object| object.modified < before) {
                if is_wanted(ctx, &object.key, &mut parts).await? {
                    continue;
                }
                let since = self.suspects.get(&object.key).copied().unwrap_or(ctx.now());
                if ctx.now().since(since) >= ABANDONED_AFTER {
                    ctx.objects.delete(&object.key).await?;
                    removed += 1;
                } else {
                    suspects.insert(object.key.clone(), since);
                }
            }
            match page.last() {
                Some(object) if page.len() == PAGE => last = Some(object.key.clone()),
                _ => break,
            }
        }
        self.suspects = suspects;
        Ok(removed)
    }
}

/// Whether a file belongs to an upload.
async fn is_wanted(ctx: &Context, object: &str, parts: &mut WantedParts) -> ServiceResult<bool> {
    let name = object.strip_prefix(PREFIX).unwrap_or_default();
    match parts.contain(ctx, name).await? {
        Some(wanted) => Ok(wanted),
        None => Ok(ctx.state.get(&ctx.jobs.key(&job_id(name)), ctx.now()).await?.is_some()),
    }
}
