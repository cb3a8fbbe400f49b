//! Polls: vote, and carry out what was decided.

use super::{Party, unmet};
use crate::client::{Allowance, Asset, CandidateState, ClientError};
use crate::domain::{Amount, Hash, Kind, Timestamp};

/// A vote that counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Voted {
    pub transaction: Hash,
    /// CMT wei that the vote holds until the candidate is resolved.
    pub stake: Amount,
    /// Unix seconds after which nobody can vote.
    pub vote_by: u64,
}

/// A poll's end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolved {
    pub transaction: Hash,
    pub kind: Kind,
    /// Whether what was proposed came to be: the listing, the removal, the parameter, the backend.
    pub passed: bool,
}

impl Party {
    /// Votes with the candidate's stake, letting Voting take it first where that is needed.
    pub async fn vote(&self, hash: Hash, yea: bool) -> Result<Voted, ClientError> {
        let candidate = self.require_candidate(hash).await?;
        if self.wallet.poll_closed(hash).await? {
            return unmet(format!("the poll closed at {}", time(candidate.vote_by)));
        }
        let stake = candidate.tally.stake;
        self.allow_stake(stake).await?;
        let receipt = self.wallet.vote(hash, yea).await?;
        Ok(Voted { transaction: receipt.transaction, stake, vote_by: candidate.vote_by })
    }

    /// Carries out the decision of a poll that has closed.
    pub async fn resolve(&self, hash: Hash) -> Result<Resolved, ClientError> {
        let candidate = self.require_candidate(hash).await?;
        if !self.wallet.poll_closed(hash).await? {
            let now = self.wallet.head().await?.timestamp;
            return unmet(format!(
                "the poll is open for {} s more, until {} by the chain's clock",
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
        Ok(Resolved { transaction: receipt.transaction, kind: candidate.kind, passed })
    }

    /// Sees to it that Voting may take so much CMT, and that the account has it. Answers the approval, if one was needed.
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
        if self.wallet.allowance(Allowance::CmtToVoting, self.address()).await? >= stake {
            return Ok(None);
        }
        Ok(Some(self.wallet.approve(Allowance::CmtToVoting, stake).await?.transaction))
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
