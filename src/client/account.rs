//! One account, and one poll, as a server reports them.

use serde::{Deserialize, Serialize};

use super::ClientError;
use super::api::{Api, found};
use super::model::Listing;
use crate::domain::{Address, Amount, Hash, Kind};

/// Items per request.
const PAGE_ITEMS: &str = "500";

/// An account's balances, stakes and earnings, in wei.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountState {
    pub address: Address,
    pub balances: Balances,
    /// Bytes that are paid for but not delivered.
    pub bytes_purchased: Amount,
    /// The CET wei that the reserve would pay for all of its CMT.
    pub withdrawal_proceeds: Amount,
    pub stakes: Vec<Stake>,
    pub unclaimed: Vec<Unclaimed>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Balances {
    pub eth: Amount,
    pub cet: Amount,
    pub cmt: Amount,
}

/// CMT wei locked with a candidate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stake {
    pub hash: Hash,
    pub kind: Kind,
    pub amount: Amount,
    /// Whether the poll is resolved, so that `unstake` releases it.
    pub releasable: bool,
}

/// A listing's unclaimed earnings in CET wei.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unclaimed {
    pub listing_hash: Hash,
    pub amount: Amount,
}

/// A position in the chain.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct At {
    pub block: u64,
    /// Unix seconds.
    pub time: Option<u64>,
    pub transaction: Option<Hash>,
}

/// One of the account's deliveries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountDelivery {
    pub delivery_hash: Hash,
    /// `open` or `completed`.
    pub status: String,
    pub bytes_requested: Option<Amount>,
    pub bytes_delivered: Amount,
    pub requested: Option<At>,
    pub completed: Option<At>,
    pub accesses: Vec<AccountAccess>,
}

/// A listing downloaded under a delivery.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountAccess {
    pub listing_hash: Hash,
    pub title: Option<String>,
    pub size: Amount,
    /// Whether the file can be downloaded again.
    pub fetchable: bool,
    pub at: At,
}

/// One of the account's votes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountVote {
    pub hash: Hash,
    pub kind: Kind,
    pub at: At,
    /// CMT wei.
    pub stake: Amount,
    pub released: bool,
    pub resolved: bool,
    /// `passed` or `failed`; `None` until the poll is resolved.
    pub outcome: Option<String>,
}

/// One of the account's current or former listings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountListing {
    pub listing_hash: Hash,
    pub title: Option<String>,
    pub size: Option<u64>,
    /// CMT wei.
    pub supply: Option<Amount>,
    /// `candidate`, `listed` or `removed`.
    pub status: String,
    /// CET wei.
    pub unclaimed: Amount,
}

/// A poll and its votes. Every vote counts one, whoever casts it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "PollBody")]
pub struct Poll {
    pub hash: Hash,
    pub kind: Kind,
    pub owner: Option<Address>,
    /// The CMT wei that a vote locks.
    pub stake: Amount,
    /// Unix seconds.
    pub vote_by: u64,
    pub yea: Amount,
    pub nay: Amount,
    /// The required percentage of yea votes; `None` while the server does not know the market's parameters.
    pub plurality: Option<u64>,
    pub passing: Option<bool>,
    pub closed: bool,
    pub parameter: Option<ProposedParameter>,
    pub url: Option<String>,
    pub listing: Option<Listing>,
}

/// The server's form: an application has its listing's members at the top level, and the contracts' number as its kind.
#[derive(Deserialize)]
struct PollBody {
    hash: Hash,
    kind: KindBody,
    owner: Option<Address>,
    stake: Amount,
    vote_by: u64,
    yea: Amount,
    nay: Amount,
    plurality: Option<u64>,
    passing: Option<bool>,
    closed: bool,
    #[serde(default)]
    parameter: Option<ProposedParameter>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    listing: Option<Listing>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    license: Option<String>,
    #[serde(default)]
    file_type: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    preview: Option<String>,
    #[serde(default)]
    size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum KindBody {
    Number(#[expect(dead_code, reason = "read to tell it from a name")] u64),
    Name(Kind),
}

impl From<PollBody> for Poll {
    fn from(body: PollBody) -> Self {
        let kind = match body.kind {
            KindBody::Name(kind) => kind,
            // Only applications have a number.
            KindBody::Number(_) => Kind::Application,
        };
        let application = || Listing {
            listing_hash: body.hash,
            title: body.title,
            description: body.description,
            license: body.license,
            file_type: body.file_type,
            tags: body.tags,
            owner: body.owner,
            size: body.size,
            supply: None,
            preview: body.preview,
        };
        Poll {
            hash: body.hash,
            kind,
            owner: body.owner,
            stake: body.stake,
            vote_by: body.vote_by,
            yea: body.yea,
            nay: body.nay,
            plurality: body.plurality,
            passing: body.passing,
            closed: body.closed,
            parameter: body.parameter,
            url: body.url,
            listing: body.listing.or_else(|| (kind == Kind::Application).then(application)),
        }
    }
}

/// A reparametrisation's proposal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProposedParameter {
    pub name: Option<String>,
    pub value: Amount,
    pub current: Option<Amount>,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    #[serde(default)]
    next: Option<String>,
}

impl Api {
    /// An account's balances, stakes and earnings.
    pub async fn account(&self, address: Address) -> Result<AccountState, ClientError> {
        self.read(&format!("/accounts/{address}"), &()).await
    }

    pub async fn account_deliveries(&self, address: Address) -> Result<Vec<AccountDelivery>, ClientError> {
        self.all_pages(&format!("/accounts/{address}/deliveries")).await
    }

    pub async fn account_votes(&self, address: Address) -> Result<Vec<AccountVote>, ClientError> {
        self.all_pages(&format!("/accounts/{address}/votes")).await
    }

    pub async fn account_listings(&self, address: Address) -> Result<Vec<AccountListing>, ClientError> {
        self.all_pages(&format!("/accounts/{address}/listings")).await
    }

    /// Live polls of a kind.
    pub async fn polls(&self, kind: Kind) -> Result<Vec<Poll>, ClientError> {
        let path = format!("/candidates/{}", kind.name());
        let hashes: Vec<Hash> = self.all_pages(&path).await?;
        let mut polls = Vec::new();
        for hash in hashes {
            // Skip polls that were resolved meanwhile.
            polls.extend(found(self.read(&format!("{path}/{hash}"), &()).await)?);
        }
        Ok(polls)
    }

    /// The live poll on a hash, of any kind.
    pub async fn poll(&self, hash: Hash) -> Result<Option<Poll>, ClientError> {
        for kind in Kind::ALL {
            let poll = found(self.read(&format!("/candidates/{}/{hash}", kind.name()), &()).await)?;
            if poll.is_some() {
                return Ok(poll);
            }
        }
        Ok(None)
    }

    async fn all_pages<T>(&self, path: &str) -> Result<Vec<T>, ClientError>
    where
        T: for<'de> Deserialize<'de>,
    {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("limit", PAGE_ITEMS)];
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let page: Page<T> = self.read(path, &query).await?;
            items.extend(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(items),
            }
        }
    }
}
