//! The backend account's side of a market over JSON-RPC.

use std::sync::Arc;

use async_trait::async_trait;
use ethers::abi::AbiEncode;
use serde_json::json;

use super::account::Account;
use super::bindings::datatrust;
use super::convert::ToEthers;
use super::submitter::{Draft, Submitter, TRANSFER_GAS};
use super::transport::Transport;
use super::view::block_with;
use super::{ChainError, Fees, Mined, Sender, Sent, Signed};
use crate::config::ChainSettings;
use crate::domain::{Address, Amount, Call, Hash};

pub(super) fn open(settings: &ChainSettings, transport: Transport, account: Account) -> Arc<dyn Sender> {
    let submitter = Submitter { transport, account };
    Arc::new(NodeSender { submitter, datatrust: settings.contracts.datatrust })
}

struct NodeSender {
    submitter: Submitter,
    datatrust: Address,
}

#[async_trait]
impl Sender for NodeSender {
    fn account(&self) -> Address {
        self.submitter.account.address()
    }

    async fn nonce(&self) -> Result<u64, ChainError> {
        self.submitter.nonce(json!("latest")).await
    }

    async fn nonce_at(&self, at: Hash) -> Result<u64, ChainError> {
        self.submitter.nonce(block_with(at)).await
    }

    async fn fees(&self) -> Result<Fees, ChainError> {
        self.submitter.fees().await
    }

    async fn gas(&self, call: &Call) -> Result<u64, ChainError> {
        self.submitter.gas(&self.draft(call)).await
    }

    async fn sign(&self, call: &Call, nonce: u64, fees: Fees, gas: u64) -> Result<Signed, ChainError> {
        self.submitter.sign(&Draft { gas: Some(gas), ..self.draft(call) }, nonce, fees).await
    }

    async fn send(&self, raw: &str) -> Result<Sent, ChainError> {
        self.submitter.send(raw).await
    }

    async fn mined(&self, transaction: Hash) -> Result<Option<Mined>, ChainError> {
        self.submitter.mined(transaction).await
    }

    async fn refusal(&self, at: Hash, call: &Call) -> Result<Option<String>, ChainError> {
        self.submitter.refusal(&self.draft(call), at).await
    }

    async fn funds(&self) -> Result<Amount, ChainError> {
        self.submitter.funds().await
    }
}

impl NodeSender {
    fn draft(&self, call: &Call) -> Draft {
        let data = match call {
            Call::SetDataHash { listing, data } => {
                datatrust::SetDataHashCall { listing: *listing.bytes(), data: *data.bytes() }.encode()
            }
            Call::ListingAccessed { listing, delivery, amount } => datatrust::ListingAccessedCall {
                listing: *listing.bytes(),
                delivery: *delivery.bytes(),
                amount: amount.ethers(),
            }
            .encode(),
            Call::Delivered { delivery, url } => {
                datatrust::DeliveredCall { delivery: *delivery.bytes(), url: *url.bytes() }.encode()
            }
            Call::Nothing { account } => {
                return Draft { gas: Some(TRANSFER_GAS), ..Draft::transfer(*account, Amount::ZERO) };
            }
        };
        Draft::call(self.datatrust, data)
    }
}
