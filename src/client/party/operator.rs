//! The operator's requests. The caller must be signed in with the backend account.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Party;
use crate::client::model::{Items, Job, Node, Owed, Transaction};
use crate::client::{Api, ClientError};

impl Party {
    /// Pending jobs, oldest first.
    pub async fn jobs(&self) -> Result<Vec<Job>, ClientError> {
        self.sign_in().await?;
        self.api.admin_items("/admin/jobs", &[]).await
    }

    /// Runs a job now.
    pub async fn retry_job(&self, id: &str) -> Result<(), ClientError> {
        self.sign_in().await?;
        self.api.admin_post("/admin/jobs/retry", json!({ "id": id })).await
    }

    /// Pending transactions, oldest first.
    pub async fn transactions(&self) -> Result<Vec<Transaction>, ClientError> {
        self.sign_in().await?;
        self.api.admin_items("/admin/transactions", &[]).await
    }

    /// A purpose's transaction, pending or ended.
    pub async fn transaction(&self, purpose: &str) -> Result<Transaction, ClientError> {
        self.sign_in().await?;
        let found = self.api.admin_items("/admin/transactions", &[("purpose", purpose)]).await?;
        found.into_iter().next().ok_or_else(|| {
            ClientError::Unexpected(self.api.server(), "a list without the requested transaction".into())
        })
    }

    /// Retries a transaction now.
    pub async fn retry_transaction(&self, purpose: &str) -> Result<(), ClientError> {
        self.sign_in().await?;
        self.api.admin_post("/admin/transactions/retry", json!({ "purpose": purpose })).await
    }

    /// Replaces a transaction with an empty one.
    pub async fn cancel_transaction(&self, purpose: &str) -> Result<(), ClientError> {
        self.sign_in().await?;
        self.api.admin_post("/admin/transactions/cancel", json!({ "purpose": purpose })).await
    }

    /// The server's chain nodes in order of preference.
    pub async fn nodes(&self) -> Result<Vec<Node>, ClientError> {
        self.sign_in().await?;
        self.api.admin_items("/admin/nodes", &[]).await
    }

    /// The server's rows and records as of one moment, for a backup.
    pub async fn export(
        &self,
    ) -> Result<impl Stream<Item = Result<Bytes, reqwest::Error>> + Unpin + use<>, ClientError> {
        self.sign_in().await?;
        let answer = self.api.send_signed_in(|| self.api.get("/admin/export")).await?;
        Ok(answer.bytes_stream().boxed())
    }

    /// Downloads that were granted but could not be charged.
    pub async fn owed(&self) -> Result<Vec<Owed>, ClientError> {
        self.sign_in().await?;
        self.api.admin_items("/admin/owed", &[]).await
    }
}

impl Api {
    async fn admin_items<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, ClientError> {
        let answer = self.send_signed_in(|| Ok(self.get(path)?.query(query))).await?;
        Ok(self.json::<Items<T>>(answer).await?.items)
    }

    async fn admin_post(&self, path: &str, body: Value) -> Result<(), ClientError> {
        self.send_signed_in(|| Ok(self.post(path)?.json(&body))).await.map(drop)
    }
}
