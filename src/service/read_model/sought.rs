//! What a search looks for, as a query of the text index.

use std::collections::BTreeSet;

use tantivy::query::{BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, RegexQuery, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Searcher, Term};

use super::order::Order;
use super::selection::Selection;
use super::series::Series;
use super::words::words;

/// The most words searched for; further words are ignored.
const MAX_WORDS: usize = 16;
/// Shorter words match whole words only, except the last one.
const MIN_PREFIX_CHARS: usize = 3;
/// The most words with the same beginning that are looked up one by one, which skips what other words exclude.
const MAX_BEGUN_WORDS: usize = 8;
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
}

pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        id: schema.add_u64_field("id", INDEXED | FAST),
        title: schema.add_text_field("title", text.clone()),
        text: schema.add_text_field("text", text),
    };
    (schema.build(), fields)
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
    pub(super) fn query(&self, fields: Fields, searcher: &Searcher) -> tantivy::Result<Box<dyn Query>> {
        let Fields { title, text, .. } = fields;
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (field, words) in [(text, &self.anywhere), (title, &self.title)] {
            let words = words.as_deref().unwrap_or_default();
            for (number, word) in words.iter().enumerate() {
                let may_go_on = number + 1 == words.len() || word.chars().count() >= MIN_PREFIX_CHARS;
                let must = if may_go_on { begun(searcher, field, word)? } else { whole(field, word) };
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
fn begun(searcher: &Searcher, field: Field, begin: &str) -> tantivy::Result<Box<dyn Query>> {
    let mut words = BTreeSet::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut terms = index.terms().range().ge(begin).into_stream()?;
        while terms.advance()
            && let Ok(word) = std::str::from_utf8(terms.key())
            && word.starts_with(begin)
        {
            words.insert(word.to_owned());
            if words.len() > MAX_BEGUN_WORDS {
                return Ok(Box::new(RegexQuery::from_pattern(&format!("{begin}.*"), field)?));
            }
        }
    }
    let words = words.iter().map(|word| (Occur::Should, whole(field, word))).collect();
    Ok(Box::new(ConstScoreQuery::new(Box::new(BooleanQuery::new(words)), 1.0)))
}
