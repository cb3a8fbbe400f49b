//! A key in AWS KMS, which never leaves it.

use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::config::Builder;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use ethers::core::k256::ecdsa;
use ethers::types::{H256, Signature, U256};

use super::ChainError;
use super::convert::ToDomain;
use crate::config::{AwsService, explain_failure, sdk_config};
use crate::domain::{Address, Hash};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time limit including all retries.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The prefix of every uncompressed secp256k1 public key in DER form (RFC 5480).
const SPKI_PREFIX: [u8; 24] = [
    0x30, 0x56, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x0a, 0x03, 0x42, 0x00, 0x04,
];

#[derive(Clone)]
pub(super) struct KmsKey {
    client: Client,
    id: String,
}

impl KmsKey {
    /// Sends no request yet.
    pub(super) async fn open(service: &AwsService, id: &str) -> Result<Self, ChainError> {
        let config = sdk_config(service).await.map_err(ChainError::KeyUnavailable)?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(TIMEOUT)
            .build();
        let client = Client::from_conf(Builder::from(&config).timeout_config(timeouts).build());
        Ok(KmsKey { client, id: id.to_owned() })
    }

    /// `Refused` if there is no such key, it may not be used, or it is of another kind.
    pub(super) async fn address(&self) -> Result<Address, ChainError> {
        let answer =
            self.client.get_public_key().key_id(&self.id).send().await.map_err(|error| failure(&error))?;
        let key = answer.public_key().map(Blob::as_ref).unwrap_or_default();
        address(key).ok_or_else(|| {
            ChainError::Refused("the key in KMS is not of the kind ECC_SECG_P256K1 for signing".to_owned())
        })
    }

    /// Signs for the account, with `v` 27 or 28. Two signatures of the same digest differ.
    pub(super) async fn sign(&self, digest: H256, account: Address) -> Result<Signature, ChainError> {
        let request = self.client.sign().key_id(&self.id).message(Blob::new(digest.as_bytes()));
        let request =
            request.message_type(MessageType::Digest).signing_algorithm(SigningAlgorithmSpec::EcdsaSha256);
        let answer = request.send().await.map_err(|error| failure(&error))?;
        let der = answer.signature().map(Blob::as_ref).unwrap_or_default();
        signature(der, digest, account)
            .ok_or_else(|| ChainError::Refused(format!("KMS returned no signature of the account {account}")))
    }
}

/// `KeyUnavailable` if a retry may help: KMS is unreachable or too busy.
fn failure<E, R>(error: &SdkError<E, R>) -> ChainError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let reason = explain_failure("KMS", error);
    let passing = [
        "ThrottlingException",
        "KMSInternalException",
        "DependencyTimeoutException",
        "KeyUnavailableException",
    ];
    match error.code() {
        Some(code) if !passing.contains(&code) => ChainError::Refused(reason),
        _ => ChainError::KeyUnavailable(reason),
    }
}

/// The address of a public key in DER.
fn address(key: &[u8]) -> Option<Address> {
    let point = key.strip_prefix(&SPKI_PREFIX).filter(|point| point.len() == 64)?;
    let mut address = [0; 20];
    address.copy_from_slice(&Hash::keccak(point).bytes()[12..]);
    Some(Address::new(address))
}

/// From DER to the form of Ethereum, whose `s` is in the lower half. Which of the two points the signature means is found by
/// trial.
fn signature(der: &[u8], digest: H256, account: Address) -> Option<Signature> {
    let parsed = ecdsa::Signature::from_der(der).ok()?;
    let low = parsed.normalize_s().unwrap_or(parsed);
    let (r, s) = low.split_bytes();
    let (r, s) = (U256::from_big_endian(&r), U256::from_big_endian(&s));
    let candidates = [27, 28].map(|v| Signature { r, s, v });
    candidates.into_iter().find(|candidate| candidate.recover(digest).is_ok_and(|by| by.domain() == account))
}

#[cfg(test)]
mod tests {
    use ethers::core::k256::ecdsa::SigningKey;
    use ethers::core::k256::ecdsa::signature::hazmat::PrehashSigner;
    use proptest::prelude::*;

    use super::*;

    fn account(key: &SigningKey) -> Address {
        let point = key.verifying_key().to_encoded_point(false);
        address(&[&SPKI_PREFIX, &point.as_bytes()[1..]].concat()).unwrap()
    }

    /// The other signature of the same digest, as KMS gives it in half of all cases.
    fn with_high_s(low: ecdsa::Signature) -> ecdsa::Signature {
        let (r, s) = low.split_scalars();
        ecdsa::Signature::from_scalars(r, -s).unwrap()
    }

    proptest! {
        #[test]
        fn signatures_with_low_and_high_s_become_the_one_that_ethereum_accepts(
            key in prop::array::uniform32(1_u8..), digest in prop::array::uniform32(any::<u8>()),
        ) {
            let key = SigningKey::from_slice(&key).unwrap();
            let signed: ecdsa::Signature = key.sign_prehash(&digest).unwrap();
            let low = signed.normalize_s().unwrap_or(signed);
            let digest = H256(digest);
            for form in [low, with_high_s(low)] {
                let found = signature(form.to_der().as_bytes(), digest, account(&key)).unwrap();
                prop_assert_eq!(found.recover(digest).unwrap().domain(), account(&key));
                prop_assert_eq!(found.s, U256::from_big_endian(&low.split_bytes().1));
            }
            prop_assert!(signature(low.to_der().as_bytes(), digest, Address::new([7; 20])).is_none());
        }

        #[test]
        fn no_answer_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            signature(&bytes, H256::zero(), Address::new([7; 20]));
            address(&bytes);
        }
    }

    #[test]
    fn keys_of_other_kinds_have_no_address() {
        let key = SigningKey::from_slice(&[3; 32]).unwrap();
        let point = key.verifying_key().to_encoded_point(false);
        let mut other_curve = SPKI_PREFIX;
        other_curve[19] = 0x07;
        assert_eq!(address(&[&other_curve, &point.as_bytes()[1..]].concat()), None);
        assert_eq!(address(&SPKI_PREFIX), None);
    }
}
