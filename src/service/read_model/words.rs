//! The words of a text, normalized for comparison.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

/// Longer words are cut to this length.
const MAX_WORD_CHARS: usize = 64;

/// The words of `text` without case, accents and the differences of Unicode's forms: `Café` and `CAFE` are one. Scripts
/// written without spaces are split into characters.
pub(super) fn words(text: &str) -> Vec<String> {
    let marks = CanonicalCombiningClassMapBorrowed::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars());
    let bare = decomposed.filter(|char| marks.get_u8(*char) == 0);
    // Some letters have no lower case of their own that is not also that of others: by way of the upper case, ß is ss.
    let folded = bare.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut words = Vec::new();
    let mut word = String::new();
    for char in folded {
        let alone = is_ideograph(char);
        if (alone || !char.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if alone {
            words.push(char.to_string());
        } else if char.is_alphanumeric() && word.chars().count() < MAX_WORD_CHARS {
            word.push(char);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Of the scripts that are written without spaces.
fn is_ideograph(char: char) -> bool {
    matches!(char, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_has_one_form() {
        for (one, other) in [
            ("Café", "cafe\u{301}"),
            ("CAFÉ", "café"),
            ("İstanbul", "istanbul"),
            ("Straße", "STRASSE"),
            ("ﬁle", "file"),
            ("Ω", "ω"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
            assert_eq!(words(one).len(), 1, "{one}");
        }
    }

    #[test]
    fn words_end_at_whatever_is_no_letter_or_digit() {
        assert_eq!(words("a-b, c_d\t\"e\"  3.5"), ["a", "b", "c", "d", "e", "3", "5"]);
        assert_eq!(
            words("気象データ x"),
            ["気", "象", "テ", "\u{30fc}", "タ", "x"].map(str::to_owned).to_vec()
        );
        assert!(words(" ,.- ").is_empty());
        assert_eq!(words(&"x".repeat(100))[0].len(), MAX_WORD_CHARS);
    }
}
