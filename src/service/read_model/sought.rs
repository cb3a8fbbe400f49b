//! What a search looks for, as a query of the text index.

use std::collections::BTreeSet;

use tantivy::Term;
use tantivy::query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, RegexQuery, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

use super::order::Order;
use super::selection::Selection;
use super::series::Series;
use super::words::words;

/// The most words searched for; further words are ignored.
const MAX_WORDS: usize = 16;
/// Shorter words match whole words only, except the last one.
const MIN_PREFIX_CHARS: usize = 3;
/// Up to this length, the beginnings of words are in the text index.
const MAX_BEGINNING_CHARS: usize = 16;
const TITLE_BOOST: f32 = 3.0;

/// What is searched.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Sought {
    pub series: Series,
    /// The words of a text; `None` if none was given.
    anywhere: Option<Vec<String>>,
    /// The same for titles.
    title: Option<Vec<String>>,
    pub ranked: bool,
}

/// The fields of the text index.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// Series and rank.
    pub id: Field,
    pub title: Field,
    pub text: Field,
    /// The beginnings of the words in the two fields.
    pub title_begun: Field,
    pub text_begun: Field,
}

pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing.clone());
    let begun = indexing.set_index_option(IndexRecordOption::Basic).set_fieldnorms(false);
    let begun = TextOptions::default().set_indexing_options(begun);
    let fields = Fields {
        id: schema.add_u64_field("id", INDEXED | FAST),
        title: schema.add_text_field("title", text.clone()),
        text: schema.add_text_field("text", text),
        title_begun: schema.add_text_field("title-begun", begun.clone()),
        text_begun: schema.add_text_field("text-begun", begun),
    };
    (schema.build(), fields)
}

/// The beginnings of words, each once, as a text for the text index. Otherwise a search for a beginning would have to look
/// for every word that begins so.
pub(super) fn beginnings(words: &[String]) -> String {
    let all: BTreeSet<&str> = words.iter().flat_map(|word| beginnings_of(word)).collect();
    all.into_iter().collect::<Vec<_>>().join(" ")
}

fn beginnings_of(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().map(|(at, char)| at + char.len_utf8());
    ends.take(MAX_BEGINNING_CHARS).map(|end| &word[..end])
}

impl Sought {
    pub(super) fn new(series: Series, selection: &Selection, order: Order) -> Self {
        let wanted = |text: &Option<String>| {
            let mut wanted = words(text.as_ref()?);
            wanted.truncate(MAX_WORDS);
            Some(wanted)
        };
        let ranked = order == Order::Relevance;
        Sought { series, anywhere: wanted(&selection.q), title: wanted(&selection.title), ranked }
    }

    /// Whether nothing can be found, because a text has no words.
    pub(super) fn is_wordless(&self) -> bool {
        [&self.anywhere, &self.title].into_iter().flatten().any(Vec::is_empty)
    }

    pub(super) fn text_bytes(&self) -> usize {
        [&self.anywhere, &self.title].into_iter().flatten().flatten().map(|word| word.len() + 24).sum()
    }

    /// Every word must occur; whole words and words in the title score higher.
    pub(super) fn query(&self, fields: Fields) -> tantivy::Result<Box<dyn Query>> {
        let Fields { title, text, title_begun, text_begun, .. } = fields;
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (field, field_begun, words) in
            [(text, text_begun, &self.anywhere), (title, title_begun, &self.title)]
        {
            let words = words.as_deref().unwrap_or_default();
            for (number, word) in words.iter().enumerate() {
                let may_go_on = number + 1 == words.len() || word.chars().count() >= MIN_PREFIX_CHARS;
                let must = if may_go_on { begun(field, field_begun, word)? } else { whole(field, word) };
                parts.push((Occur::Must, must));
                if self.ranked {
                    let in_title = BoostQuery::new(whole(title, word), TITLE_BOOST);
                    parts.push((Occur::Should, whole(text, word)));
                    parts.push((Occur::Should, Box::new(in_title)));
                }
            }
        }
        Ok(Box::new(BooleanQuery::new(parts)))
    }
}

fn whole(field: Field, word: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs))
}

/// Any word that begins so; all score the same.
fn begun(field: Field, field_begun: Field, begin: &str) -> tantivy::Result<Box<dyn Query>> {
    if begin.chars().count() > MAX_BEGINNING_CHARS {
        return Ok(Box::new(RegexQuery::from_pattern(&format!("{begin}.*"), field)?));
    }
    let begun = TermQuery::new(Term::from_field_text(field_begun, begin), IndexRecordOption::Basic);
    Ok(Box::new(ConstScoreQuery::new(Box::new(begun), 1.0)))
}
