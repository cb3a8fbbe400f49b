//! Text search over titles, descriptions and tags.
//!
//! The text index is derived from the items and stored beside them. It is updated right after them, in the background,
//! and a search waits for all changes made before it began. It finds ranks; the lists in memory decide which of them
//! are shown.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use roaring::RoaringBitmap;
use serde::Deserialize;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, Score, SegmentReader, TantivyDocument, Term};
use tokio::sync::{Notify, watch};

use super::super::index::Position;
use super::order::Order;
use super::selection::Selection;
use super::sought::{Fields, Sought, beginnings, schema};
use super::words::words;
use super::{ModelError, ReadModel, Series};
use crate::domain::Hash;
use crate::service::{ServiceError, ServiceResult};

/// The memory of the text index's writer, in bytes.
const WRITER_BYTES: usize = 20 << 20;
/// Documents per commit.
const BATCH: usize = 20_000;
/// How long a search waits for the text index to catch up.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(5);
/// The cache size for results, in bytes.
const HOT_BYTES: u64 = 2 << 20;
/// Identifies the format of the index.
const FORMAT: u32 = 2;

/// What a search found in a series.
pub struct Hits {
    /// The last change of the lists that was in the text index.
    change: u64,
    pub ranks: RoaringBitmap,
    /// The same ranks, the best first; empty unless they were to be ranked.
    pub best: Vec<u32>,
}

pub(super) struct Search {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    todo: Mutex<Todo>,
    changed: Notify,
    /// The last change of the lists that is in the text index.
    done: watch::Sender<u64>,
    hits: Cache<Sought, Arc<Hits>>,
}

/// Changes that are not in the text index yet.
#[derive(Default)]
struct Todo {
    change: u64,
    /// Everything must be read again.
    rebuild: bool,
    places: BTreeMap<u64, (Series, Position)>,
}

/// The parts of an item that are searched.
#[derive(Deserialize)]
struct Text {
    title: Option<String>,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
}

impl From<tantivy::TantivyError> for ModelError {
    fn from(error: tantivy::TantivyError) -> Self {
        ModelError::new(error)
    }
}

impl Search {
    /// Opens the text index in `directory`. It is created if missing, and recreated if unreadable.
    pub(super) fn open(directory: &Path) -> Result<Self, ModelError> {
        let (schema, fields) = schema();
        let open = || -> Result<tantivy::Index, ModelError> {
            std::fs::create_dir_all(directory).map_err(ModelError::new)?;
            let directory = tantivy::directory::MmapDirectory::open(directory).map_err(ModelError::new)?;
            Ok(tantivy::Index::open_or_create(directory, schema.clone())?)
        };
        let index = open().or_else(|_| {
            std::fs::remove_dir_all(directory).map_err(ModelError::new)?;
            open()
        })?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let weigh = |sought: &Sought, hits: &Arc<Hits>| {
            (sought.text_bytes() + hits.ranks.serialized_size() + hits.best.len() * 4 + 128) as u32
        };
        Ok(Search {
            index,
            reader,
            fields,
            todo: Mutex::default(),
            changed: Notify::new(),
            done: watch::Sender::new(0),
            hits: Cache::builder().max_capacity(HOT_BYTES).weigher(weigh).build(),
        })
    }

    /// Recreates the text index, unless it belongs to exactly these items.
    pub(super) fn loaded(&self, fingerprint: &str) -> Result<(), ModelError> {
        let known = self.index.load_metas()?.payload.is_some_and(|payload| payload == note(fingerprint));
        if !known {
            let mut todo = self.todo();
            todo.change += 1;
            todo.rebuild = true;
            self.changed.notify_one();
        }
        Ok(())
    }

    /// What is shown at a place has changed.
    pub(super) fn note(&self, series: Series, rank: u32, at: Position) {
        if !is_searched(series) {
            return;
        }
        let mut todo = self.todo();
        todo.change += 1;
        todo.places.insert(id(series, rank), (series, at));
        self.changed.notify_one();
    }

    async fn catch_up(&self) -> ServiceResult<u64> {
        let change = self.todo().change;
        let mut done = self.done.subscribe();
        let caught_up = done.wait_for(|done| *done >= change);
        match tokio::time::timeout(SEARCH_TIMEOUT, caught_up).await {
            Ok(Ok(_)) => Ok(change),
            _ => Err(ServiceError::Unavailable {
                what: "the search is being built; try again",
                cause: "the text index does not catch up with the lists".to_owned(),
            }),
        }
    }

    fn find(&self, sought: &Sought, change: u64) -> Result<Hits, ModelError> {
        let searcher = self.reader.searcher();
        let query = sought.query(self.fields)?;
        let series = sought.series;
        let mut found = searcher.search(&*query, &Ranks { series, ranked: sought.ranked })?;
        if !sought.ranked {
            return Ok(Hits { change, ranks: bitmap(found), best: Vec::new() });
        }
        found.sort_unstable_by(|(score, rank), (other_score, other)| {
            other_score.total_cmp(score).then(rank.cmp(other))
        });
        let best = found.iter().map(|(_, rank)| *rank).collect();
        Ok(Hits { change, ranks: bitmap(found), best })
    }

    fn todo(&self) -> MutexGuard<'_, Todo> {
        self.todo.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadModel {
    /// The items of a series that contain the words of the selection; a text without a letter or digit matches nothing.
    pub async fn search(
        self: &Arc<Self>,
        series: Series,
        selection: &Selection,
        order: Order,
    ) -> ServiceResult<Arc<Hits>> {
        let search = self.search.as_ref().ok_or_else(none)?;
        let change = search.catch_up().await?;
        let sought = Sought::new(series, selection, order);
        if let Some(hits) = search.hits.get(&sought).filter(|hits| hits.change == change) {
            return Ok(hits);
        }
        let found = self.searching(move |model| {
            let hits = match sought.is_wordless() {
                true => Hits { change, ranks: RoaringBitmap::new(), best: Vec::new() },
                false => model.text()?.find(&sought, change)?,
            };
            let hits = Arc::new(hits);
            model.text()?.hits.insert(sought, hits.clone());
            Ok(hits)
        });
        Ok(found.await?)
    }

    fn text(&self) -> Result<&Search, ModelError> {
        self.search.as_ref().ok_or_else(none)
    }

    /// Waits until the text index is behind the lists.
    pub async fn search_behind(&self) {
        match &self.search {
            Some(search) => search.changed.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Brings the text index in sync with the lists.
    pub async fn index_words(self: &Arc<Self>) -> Result<(), ModelError> {
        self.blocking(|model| {
            let search = model.text()?;
            if std::mem::take(&mut search.todo().rebuild)
                && let Err(error) = model.rebuild_search()
            {
                search.todo().rebuild = true;
                return Err(error);
            }
            while model.index_changes()? {}
            model.settle()
        })
        .await
    }

    fn rebuild_search(&self) -> Result<(), ModelError> {
        let mut writer = self.writer()?;
        writer.delete_all_documents()?;
        for series in Series::ALL.into_iter().filter(|series| is_searched(*series)) {
            let mut rank = Some(0);
            while let Some(from) = rank {
                let (places, next) = self.memory().list(series).shown_from(from, BATCH);
                for (rank, at) in places {
                    self.add(&writer, id(series, rank), series, at)?;
                }
                rank = next;
                writer.commit()?;
            }
        }
        Ok(())
    }

    /// Returns whether there may be more to do.
    fn index_changes(&self) -> Result<bool, ModelError> {
        let search = self.text()?;
        let (places, change, fingerprint) = {
            let fingerprint = self.memory().fingerprint();
            let mut todo = search.todo();
            let rest = todo.places.keys().nth(BATCH).copied().map(|id| todo.places.split_off(&id));
            let all = rest.is_none();
            let places = std::mem::replace(&mut todo.places, rest.unwrap_or_default());
            (places, todo.change, all.then_some(fingerprint))
        };
        if let Err(error) = self.write_words(&places, fingerprint.as_deref()) {
            let mut todo = search.todo();
            for (id, place) in places {
                todo.places.entry(id).or_insert(place);
            }
            return Err(error);
        }
        search.reader.reload()?;
        if fingerprint.is_some() {
            search.done.send_replace(change);
        }
        Ok(fingerprint.is_none() || !search.todo().places.is_empty())
    }

    fn write_words(
        &self,
        places: &BTreeMap<u64, (Series, Position)>,
        fingerprint: Option<&str>,
    ) -> Result<(), ModelError> {
        let mut writer = self.writer()?;
        for (id, (series, at)) in places {
            writer.delete_term(Term::from_field_u64(self.text()?.fields.id, *id));
            self.add(&writer, *id, *series, *at)?;
        }
        let mut commit = writer.prepare_commit()?;
        if let Some(fingerprint) = fingerprint {
            commit.set_payload(&note(fingerprint));
        }
        commit.commit()?;
        Ok(writer.wait_merging_threads()?)
    }

    fn writer(&self) -> Result<IndexWriter, ModelError> {
        Ok(self.text()?.index.writer_with_num_threads(1, WRITER_BYTES)?)
    }

    /// Adds what is shown at a place, if anything is.
    fn add(&self, writer: &IndexWriter, id: u64, series: Series, at: Position) -> Result<(), ModelError> {
        let Some(item) = self.disk.item(series, at)? else { return Ok(()) };
        let Ok(item) = serde_json::from_slice::<Text>(&item) else { return Ok(()) };
        let fields = self.text()?.fields;
        let title = words(item.title.as_deref().unwrap_or_default());
        let described = words(item.description.as_deref().unwrap_or_default());
        let tags = words(&item.tags.join(" "));
        let mut document = TantivyDocument::default();
        document.add_u64(fields.id, id);
        let all = [&title[..], &described, &tags].concat();
        for (field, begun, words) in
            [(fields.title, fields.title_begun, title), (fields.text, fields.text_begun, all)]
        {
            document.add_text(field, words.join(" "));
            document.add_text(begun, beginnings(&words));
        }
        writer.add_document(document)?;
        Ok(())
    }
}

/// Sorted first, because a bitmap takes in sorted numbers much faster.
fn bitmap(found: Vec<(Score, u32)>) -> RoaringBitmap {
    let mut ranks: Vec<u32> = found.into_iter().map(|(_, rank)| rank).collect();
    ranks.sort_unstable();
    ranks.into_iter().collect()
}

fn none() -> ModelError {
    ModelError::new("this server has no search")
}

fn is_searched(series: Series) -> bool {
    matches!(series, Series::Listings | Series::Applications)
}

fn id(series: Series, rank: u32) -> u64 {
    u64::from(series.number()) << 32 | u64::from(rank)
}

fn note(fingerprint: &str) -> String {
    Hash::keccak(format!("{FORMAT} {fingerprint}")).to_string()
}

/// Collects the ranks of a series, with their scores if they are to be ranked.
struct Ranks {
    series: Series,
    ranked: bool,
}

struct RanksOfSegment {
    series: Series,
    ids: Column<u64>,
    found: Vec<(Score, u32)>,
}

impl Collector for Ranks {
    type Fruit = Vec<(Score, u32)>;
    type Child = RanksOfSegment;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<RanksOfSegment> {
        Ok(RanksOfSegment { series: self.series, ids: segment.fast_fields().u64("id")?, found: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        self.ranked
    }

    fn merge_fruits(&self, found: Vec<Vec<(Score, u32)>>) -> tantivy::Result<Vec<(Score, u32)>> {
        Ok(found.concat())
    }
}

impl SegmentCollector for RanksOfSegment {
    type Fruit = Vec<(Score, u32)>;

    fn collect(&mut self, document: u32, score: Score) {
        let Some(id) = self.ids.first(document) else { return };
        if id >> 32 == u64::from(self.series.number()) {
            self.found.push((score, id as u32));
        }
    }

    fn harvest(self) -> Vec<(Score, u32)> {
        self.found
    }
}
