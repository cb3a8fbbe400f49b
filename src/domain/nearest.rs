//! Suggestions for misspelt names.

/// The known name closest to `name`, if any is close enough.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 4 && *distance * 3 <= name.len())
        .map(|(_, candidate)| candidate)
}
