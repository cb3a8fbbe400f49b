//! Sign-in, and renewal of expired tokens.

use serde::Serialize;
use siwe::{Message, Version};

use super::api::Api;
use super::model::Nonce;
use super::{ClientError, Tokens, Wallet};
use crate::domain::{Address, Timestamp};

#[derive(Serialize)]
struct SignIn<'a> {
    message: String,
    signature: String,
    public_key: &'a Address,
}

impl Api {
    /// A nonce for one sign-in message.
    pub async fn nonce(&self) -> Result<String, ClientError> {
        let answer = self.send(self.get("/authorize/nonce")?).await?;
        Ok(self.json::<Nonce>(answer).await?.nonce)
    }

    /// Signs in with `wallet`'s account, which all later requests use.
    pub async fn sign_in(&self, wallet: &Wallet) -> Result<Tokens, ClientError> {
        let nonce = self.nonce().await?;
        let account = wallet.address();
        let message = self.sign_in_message(account, wallet.chain_id(), nonce)?;
        let signature = wallet.sign_message(&message).await?;
        self.authorize(&message, &signature, account).await
    }

    /// Signs in with a message and signature made elsewhere.
    pub async fn authorize(
        &self,
        message: &str,
        signature: &str,
        account: Address,
    ) -> Result<Tokens, ClientError> {
        let body =
            SignIn { message: message.to_owned(), signature: signature.to_owned(), public_key: &account };
        let answer = self.send(self.post("/authorize/")?.json(&body)).await?;
        let tokens: Tokens = self.json(answer).await?;
        self.set_tokens(tokens.clone()).await;
        Ok(tokens)
    }

    /// Exchanges the refresh token for new tokens.
    pub async fn refresh(&self) -> Result<(), ClientError> {
        let Some(tokens) = self.tokens().await else {
            return Err(ClientError::Unmet("not signed in".into()));
        };
        let request = self.get("/authorize/")?.query(&[("refresh", "true")]);
        let answer = self.send(request.bearer_auth(tokens.refresh_token)).await?;
        self.set_tokens(self.json(answer).await?).await;
        Ok(())
    }

    /// The message of Sign-In with Ethereum (EIP-4361) for this server, issued now.
    pub fn sign_in_message(
        &self,
        account: Address,
        chain_id: u64,
        nonce: String,
    ) -> Result<String, ClientError> {
        let unusable = |reason: String| ClientError::Unexpected(self.server(), reason);
        let message = Message {
            domain: self.authority().parse().map_err(|error| unusable(format!("{error}")))?,
            address: *account.bytes(),
            statement: None,
            uri: self.base().as_str().parse().map_err(|error| unusable(format!("{error}")))?,
            version: Version::V1,
            chain_id,
            nonce,
            issued_at: stamp(self.now()).parse().map_err(|error| unusable(format!("{error}")))?,
            expiration_time: None,
            not_before: None,
            request_id: None,
            resources: Vec::new(),
        };
        Ok(message.to_string())
    }
}

fn stamp(now: Timestamp) -> String {
    now.to_string()
}
