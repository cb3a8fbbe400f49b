//! Polls: open, vote, resolve and unstake.

use super::{Party, unmet};
use crate::client::{Allowance, Asset, CandidateState, ClientError, Receipt};
use crate::domain::{Amount, Hash, Kind, Parameter, Timestamp};

/// A counted vote, or a newly opened poll.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Voted {
    pub transaction: Hash,
    pub block: u64,
    /// The CMT wei locked until the poll is resolved and `unstake` is called.
    pub stake: Amount,
    /// When voting ends, in Unix seconds.
    pub vote_by: u64,
}

/// The outcome of a poll.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolved {
    pub transaction: Hash,
    pub block: u64,
    pub kind: Kind,
    /// Whether the proposal took effect: the listing, the removal, the parameter or the backend.
    pub passed: bool,
}

impl Party {
    /// Votes with the candidate's stake, and approves it first if needed.
    pub async fn vote(&self, hash: Hash, yea: bool) -> Result<Voted, ClientError> {
        let candidate = self.require_candidate(hash).await?;
        if self.wallet.poll_closed(hash).await? {
            return unmet(format!("the poll closed at {}", time(candidate.vote_by)));
        }
        let stake = candidate.tally.stake;
        self.allow_stake(stake).await?;
        let receipt = self.wallet.vote(hash, yea).await?;
        Ok(Voted {
            transaction: receipt.transaction,
            block: receipt.mined.block,
            stake,
            vote_by: candidate.vote_by,
        })
    }

    /// Resolves a closed poll.
    pub async fn resolve(&self, hash: Hash) -> Result<Resolved, ClientError> {
        let candidate = self.require_candidate(hash).await?;
        if !self.wallet.poll_closed(hash).await? {
            let now = self.wallet.head().await?.timestamp;
            return unmet(format!(
                "the poll is open for {} s more, until {} (chain time)",
                candidate.vote_by.saturating_sub(now) + 1,
                time(candidate.vote_by)
            ));
        }
        let voted_for = self.wallet.did_pass(hash).await?;
        let wallet = &self.wallet;
        let receipt = match candidate.kind {
            Kind::Application => wallet.resolve_application(hash).await?,
            Kind::Challenge => wallet.resolve_challenge(hash).await?,
            Kind::Reparam => wallet.resolve_reparam(hash).await?,
            Kind::Registration => wallet.resolve_registration(hash).await?,
        };
        let passed = match candidate.kind {
            Kind::Application => wallet.is_listed(hash).await?,
            Kind::Challenge => !wallet.is_listed(hash).await?,
            Kind::Reparam => voted_for,
            Kind::Registration => wallet.backend().await?.address == candidate.owner,
        };
        Ok(Resolved {
            transaction: receipt.transaction,
            block: receipt.mined.block,
            kind: candidate.kind,
            passed,
        })
    }

    /// Challenges a listing and locks the stake.
    pub async fn challenge(&self, listing: Hash) -> Result<Voted, ClientError> {
        if !self.wallet.is_listed(listing).await? {
            return unmet(format!("{listing} is not listed"));
        }
        if self.wallet.candidate(listing).await?.is_some() {
            return unmet(format!("{listing} is already challenged: vote on it"));
        }
        let stake = self.wallet.stake().await?;
        self.allow_stake(stake).await?;
        let receipt = self.wallet.challenge(listing).await?;
        self.opened(listing, stake, receipt).await
    }

    /// Proposes a value for a parameter and locks the stake. Also returns the candidate's hash.
    pub async fn propose(&self, parameter: Parameter, value: Amount) -> Result<(Hash, Voted), ClientError> {
        let hash = self.wallet.reparam_hash(parameter.number(), value).await?;
        if self.wallet.candidate(hash).await?.is_some() {
            return unmet(format!("this is already being voted on: {hash}"));
        }
        let stake = self.wallet.stake().await?;
        self.allow_stake(stake).await?;
        let receipt = self.wallet.reparameterize(parameter.number(), value).await?;
        Ok((hash, self.opened(hash, stake, receipt).await?))
    }

    async fn opened(&self, hash: Hash, stake: Amount, receipt: Receipt) -> Result<Voted, ClientError> {
        let candidate = self.require_candidate(hash).await?;
        Ok(Voted {
            transaction: receipt.transaction,
            block: receipt.mined.block,
            stake,
            vote_by: candidate.vote_by,
        })
    }

    /// Releases the account's stake, and returns the amount.
    pub async fn unstake(&self, hash: Hash) -> Result<(Receipt, Amount), ClientError> {
        let stake = self.wallet.staked(hash, self.address()).await?;
        if stake.is_zero() {
            return unmet(format!("{} has no stake in {hash}", self.address()));
        }
        if self.wallet.candidate(hash).await?.is_some() {
            return unmet(format!(
                "{hash} is still being voted on: its stakes are locked until it is resolved"
            ));
        }
        Ok((self.wallet.unstake(hash).await?, stake))
    }

    /// Approves an amount of CMT for Voting, which the account must have. Returns the approval, if one was needed.
    pub async fn allow_stake(&self, stake: Amount) -> Result<Option<Hash>, ClientError> {
        let held = self.wallet.balance(Asset::Cmt, self.address()).await?;
        if held < stake {
            return unmet(format!(
                "{} has {} CMT, but the stake is {} CMT",
                self.address(),
                held.to_ether(),
                stake.to_ether()
            ));
        }
        self.allow(Allowance::CmtToVoting, stake).await
    }

    async fn require_candidate(&self, hash: Hash) -> Result<CandidateState, ClientError> {
        match self.wallet.candidate(hash).await? {
            Some(candidate) => Ok(candidate),
            None => unmet(format!("{hash} is not being voted on")),
        }
    }
}

fn time(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}
