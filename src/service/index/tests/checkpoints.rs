//! An index that begins at a checkpoint equals one that followed the chain to its block.

use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::*;

/// The checkpoint of the newest block with so many on top.
fn written(index: &Index, confirmations: u64) -> Option<(Header, Vec<u8>)> {
    index.set_built().unwrap();
    let checkpoint = index.checkpoint(confirmations).unwrap()?;
    let mut bytes = Vec::new();
    checkpoint.write(&mut bytes).unwrap();
    let header = Header::parse(&bytes).unwrap();
    assert_eq!(header.block, *checkpoint.block());
    Some((header, bytes))
}

fn begin(index: &Index, header: &Header, bytes: &[u8]) -> Result<Vec<Sample>, CheckpointError> {
    let scratch = index.scratch().unwrap();
    std::fs::write(&scratch.download, bytes).unwrap();
    let stop = CancellationToken::new();
    let imported = import(&scratch.download, &scratch.import, header, &[0, 3], &stop)?;
    let samples = imported.samples.clone();
    index.adopt(imported)?;
    Ok(samples)
}

/// Everything that a checkpoint has, as bytes.
fn everything(index: &Index) -> Vec<(u8, Vec<u8>, Vec<u8>)> {
    let read = index.file.begin_read().unwrap();
    let mut rows = Vec::new();
    for row in read.open_table(FACTS).unwrap().iter().unwrap() {
        let (key, value) = row.unwrap();
        rows.push((0, key.value().to_vec(), value.value().to_vec()));
    }
    for (number, table) in [(1, UNDO), (2, BLOCKS)] {
        for row in read.open_table(table).unwrap().iter().unwrap() {
            let (key, value) = row.unwrap();
            rows.push((number, key.value().to_be_bytes().to_vec(), value.value().to_vec()));
        }
    }
    for row in read.open_table(POLLED).unwrap().iter().unwrap() {
        let (place, hash) = row.unwrap();
        rows.push((3, format!("{:?}", place.value()).into_bytes(), hash.value().to_vec()));
    }
    for row in read.open_table(UNDECODABLE).unwrap().iter().unwrap() {
        let (place, reason) = row.unwrap();
        rows.push((4, format!("{:?}", place.value()).into_bytes(), reason.value().as_bytes().to_vec()));
    }
    rows
}

/// A story of votes and lists, with blocks on top of what a checkpoint has.
fn index_with_checkpoint(directory: &tempfile::TempDir) -> (Index, Header, Vec<u8>) {
    let index = fresh(directory, "index");
    let (listing, owner) = (hash(0), Address::new([1; 20]));
    let events = [
        Event::Applied { listing, applicant: owner },
        Event::CandidateAdded { hash: listing, kind: Kind::Application, owner, vote_by: 7 },
        Event::Voted { hash: listing, voter: owner },
        Event::Undecodable { reason: "a test".to_owned() },
        Event::Listed { listing, owner, reward: Amount::from(5_u64) },
    ];
    let story: Blocks = (0..300).map(|number| vec![events[number % events.len()].clone()]).collect();
    index.apply(&update(1, 0, &story)).unwrap();
    let (header, bytes) = written(&index, 12).unwrap();
    assert_eq!(header.block.number, 288);
    (index, header, bytes)
}

/// The same with a digest of its own.
fn sealed(content: &[u8]) -> Vec<u8> {
    [content, &Sha256::digest(content)].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_index_from_a_checkpoint_equals_one_that_was_taken_back_to_its_block(
        steps in steps(),
        confirmations in 0..6_u64,
        more in blocks(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let lived = fresh(&directory, "lived");
        live(&lived, steps);
        if let Some((header, bytes)) = written(&lived, confirmations) {
            let begun = fresh(&directory, "begun");
            begin(&begun, &header, &bytes).unwrap();
            lived.apply(&Update::Rollback { to: header.block.number }).unwrap();
            prop_assert_eq!(everything(&begun), everything(&lived));
            prop_assert_eq!(begun.cursor().unwrap(), lived.cursor().unwrap());
            prop_assert_eq!(begun.progress().head, Some(header.block));

            for index in [&begun, &lived] {
                index.apply(&update(header.block.number + 1, 99, &more)).unwrap();
            }
            prop_assert_eq!(everything(&begun), everything(&lived));
            for index in [&begun, &lived] {
                index.apply(&Update::Rollback { to: header.block.number.saturating_sub(2) }).unwrap();
            }
            prop_assert_eq!(everything(&begun), everything(&lived));
        }
    }
}

#[test]
fn a_checkpoint_of_a_long_chain_has_what_takes_its_last_blocks_back() {
    let directory = tempfile::tempdir().unwrap();
    let (lived, header, bytes) = index_with_checkpoint(&directory);
    let begun = fresh(&directory, "begun");
    let samples = begin(&begun, &header, &bytes).unwrap();
    let sampled: Vec<(u64, usize)> =
        samples.iter().map(|sample| (sample.block, sample.events.len())).collect();
    assert_eq!(sampled, [(1, 1), (3, 1)]);
    lived.apply(&Update::Rollback { to: header.block.number }).unwrap();
    assert_eq!(everything(&begun), everything(&lived));
    for index in [&begun, &lived] {
        index.apply(&Update::Rollback { to: 100 }).unwrap();
    }
    assert_eq!(everything(&begun), everything(&lived));
}

#[test]
fn an_index_from_a_checkpoint_is_not_built_and_reads_all_votes_again() {
    let directory = tempfile::tempdir().unwrap();
    let (lived, header, bytes) = index_with_checkpoint(&directory);
    lived.set_tallies(&[(hash(0), Some(Tally::default()))]).unwrap();
    begin(&lived, &header, &bytes).unwrap();
    assert!(matches!(lived.read(), Err(IndexError::Building)));
    assert_eq!(lived.stale_tallies(10).unwrap(), [hash(0)]);
    assert_eq!(lived.peek().unwrap().tally(hash(0)).unwrap(), None);
    drop(lived);
    let reopened = fresh(&directory, "index");
    assert_eq!(reopened.progress().head, Some(header.block), "kept over a restart");
    assert!(!reopened.is_built());
}

#[test]
fn a_damaged_checkpoint_leaves_the_index_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let (_lived, header, bytes) = index_with_checkpoint(&directory);
    let index = fresh(&directory, "begun");
    index.apply(&update(1, 0, &vec![vec![Event::ListingRemoved { listing: hash(0) }]])).unwrap();
    let before = everything(&index);
    let refused = |bytes: &[u8], what: &str| {
        let begun = begin(&index, &header, bytes);
        assert!(matches!(begun, Err(CheckpointError::Unusable(_))), "{what}: {begun:?}");
        assert_eq!(everything(&index), before, "{what}");
    };
    for kept in [0, 1, 31, 32, 100, bytes.len() / 2, bytes.len() - 1] {
        refused(&bytes[..kept], &format!("{kept} bytes kept"));
    }
    for flipped in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[flipped] ^= 1;
        refused(&damaged, &format!("flipped at {flipped}"));
    }
    let content = &bytes[..bytes.len() - 32];
    refused(&sealed(&content[..content.len() - 20]), "cut off and sealed");
    refused(&sealed(&[content, b"more"].concat()), "with more at the end and sealed");
    let of_another = String::from_utf8_lossy(content).find('\n').unwrap();
    let mut other = header.clone();
    other.market.push('!');
    let other = [serde_json::to_vec(&other).unwrap(), content[of_another..].to_vec()].concat();
    refused(&sealed(&other), "with another header");
}

#[test]
fn a_checkpoint_of_a_newer_format_is_not_read() {
    let header = br#"{"format":2,"something":"new"}"#;
    let error = Header::parse(&[header.as_slice(), b"\n"].concat()).unwrap_err();
    assert_eq!(error.to_string(), "its format is 2; this version reads 1");
    assert!(Header::parse(header).is_err(), "without an end");
    assert!(Header::parse(b"").is_err());
}

#[test]
fn an_interrupted_import_leaves_the_index_as_it_was_and_no_files() {
    let directory = tempfile::tempdir().unwrap();
    let (_lived, header, bytes) = index_with_checkpoint(&directory);
    let index = fresh(&directory, "begun");
    let scratch = index.scratch().unwrap();
    std::fs::write(&scratch.download, bytes).unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    import(&scratch.download, &scratch.import, &header, &[], &stop).map(drop).unwrap_err();
    let files = [scratch.download.clone(), scratch.import.clone()];
    drop(scratch);
    assert!(files.iter().all(|file| !file.exists()));
    assert!(everything(&index).is_empty());
}

#[test]
fn there_is_no_checkpoint_before_a_block_is_deep_enough() {
    let directory = tempfile::tempdir().unwrap();
    let index = fresh(&directory, "index");
    assert!(matches!(index.checkpoint(0), Err(IndexError::Building)));
    assert!(written(&index, 0).is_none());
    index.apply(&update(1, 0, &vec![vec![], vec![]])).unwrap();
    assert!(written(&index, 2).is_none());
    assert_eq!(written(&index, 1).unwrap().0.block.number, 1);
}
