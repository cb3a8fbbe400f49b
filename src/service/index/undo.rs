//! What the facts of a block replaced, so that the block can be rolled back.

use std::collections::BTreeMap;

use super::IndexError;

/// Keys, and what stood there before the block: nothing, or a value.
pub(super) type Replaced = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Stands for nothing in place of a value's length.
const NOTHING: u32 = u32::MAX;

/// Each key and each value behind its length.
pub(super) fn encode(replaced: &Replaced) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in replaced {
        append(&mut bytes, key);
        match value {
            Some(value) => append(&mut bytes, value),
            None => bytes.extend(NOTHING.to_be_bytes()),
        }
    }
    bytes
}

fn append(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend((part.len() as u32).to_be_bytes());
    bytes.extend(part);
}

pub(super) fn decode(bytes: &[u8]) -> Result<Replaced, IndexError> {
    let (mut rest, mut replaced) = (bytes, Replaced::new());
    while !rest.is_empty() {
        let key = take(&mut rest).flatten().ok_or_else(broken)?;
        let value = take(&mut rest).ok_or_else(broken)?;
        replaced.insert(key.to_vec(), value.map(<[u8]>::to_vec));
    }
    Ok(replaced)
}

/// The next part of `rest`, or that there is nothing; `None` if it is cut off.
fn take<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (length, behind) = rest.split_first_chunk()?;
    let length = u32::from_be_bytes(*length);
    if length == NOTHING {
        *rest = behind;
        return Some(None);
    }
    let (part, behind) = behind.split_at_checked(length as usize)?;
    *rest = behind;
    Some(Some(part))
}

fn broken() -> IndexError {
    IndexError::Damaged("what a block replaced does not decode".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn replaced() -> impl Strategy<Value = Replaced> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..8);
        proptest::collection::btree_map(bytes(), proptest::option::of(bytes()), 0..8)
    }

    proptest! {
        #[test]
        fn what_was_replaced_is_read_as_it_was_written(replaced in replaced()) {
            prop_assert_eq!(decode(&encode(&replaced)).unwrap(), replaced);
        }

        #[test]
        fn what_is_cut_off_is_damaged(replaced in replaced()) {
            let bytes = encode(&replaced);
            let whole: Vec<usize> = (1..=replaced.len())
                .map(|count| {
                    encode(&replaced.iter().take(count).map(|(key, value)| (key.clone(), value.clone())).collect())
                        .len()
                })
                .collect();
            for length in (1..bytes.len()).filter(|length| !whole.contains(length)) {
                prop_assert!(matches!(decode(&bytes[..length]), Err(IndexError::Damaged(_))));
            }
        }
    }

    #[test]
    fn a_key_is_never_nothing() {
        assert!(decode(&NOTHING.to_be_bytes()).is_err());
    }
}
