//! The name that a misspelt one means.

/// The known name that `name` was most likely meant to be, if any is near enough.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 4 && *distance * 3 <= name.len())
        .map(|(_, candidate)| candidate)
}
