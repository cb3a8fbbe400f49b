//! The object store with its operations timed.

use async_trait::async_trait;
use bytes::Bytes;

use super::{ByteStream, Content, ObjectError, ObjectInfo, ObjectWriter, Objects};
use crate::domain::Timestamp;
use crate::store::timed::{Timed, timed};

#[async_trait]
impl Objects for Timed<dyn Objects> {
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        let upload = timed("objects.create", self.0.create(key)).await?;
        Ok(Box::new(TimedWriter(upload)))
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), ObjectError> {
        timed("objects.rename", self.0.rename(from, to)).await
    }

    async fn info(&self, key: &str) -> Result<ObjectInfo, ObjectError> {
        timed("objects.info", self.0.info(key)).await
    }

    /// Measured until the first bytes can be read, because the rest depends on the reader.
    async fn read(&self, key: &str, start: u64, length: u64) -> Result<ByteStream, ObjectError> {
        timed("objects.read", self.0.read(key, start, length)).await
    }

    async fn open(&self, key: &str, start: u64, length: u64) -> Result<Content, ObjectError> {
        timed("objects.read", self.0.open(key, start, length)).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        timed("objects.delete", self.0.delete(key)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, ObjectError> {
        timed("objects.list", self.0.list(prefix, after, limit)).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, ObjectError> {
        timed("objects.sweep", self.0.sweep(before)).await
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        timed("objects.ping", self.0.ping()).await
    }
}

struct TimedWriter(Box<dyn ObjectWriter>);

#[async_trait]
impl ObjectWriter for TimedWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectError> {
        timed("objects.write", self.0.write(bytes)).await
    }

    async fn finish(self: Box<Self>) -> Result<(), ObjectError> {
        timed("objects.finish", self.0.finish()).await
    }

    async fn abort(self: Box<Self>) {
        timed("objects.abort", self.0.abort()).await;
    }
}
