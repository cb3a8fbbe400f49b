//! The orders of lists, and where their pages begin.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::super::index::Position;

/// The order of the items.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Order {
    #[default]
    Chain,
    Newest,
    /// By relevance to the search words; in chain order without search words.
    Relevance,
    Sorted(Sorting),
}

/// An order by a value: equal ones in chain order, items without it last. If `descending`, the highest come first and
/// the newest of equal ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sorting {
    pub by: SortField,
    pub descending: bool,
}

/// A value that lists are sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SortField {
    Size,
    Title,
    Supply,
}

impl Order {
    pub const NAMES: [&str; 9] =
        ["chain", "newest", "relevance", "size", "-size", "title", "-title", "supply", "-supply"];
}

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.as_str() {
            "chain" => Ok(Order::Chain),
            "newest" => Ok(Order::Newest),
            "relevance" => Ok(Order::Relevance),
            other => {
                let sorting = Sorting::parse(other).map(Order::Sorted);
                sorting.ok_or_else(|| Error::unknown_variant(other, &Order::NAMES))
            }
        }
    }
}

impl Sorting {
    /// Parses a name as it is displayed: the field, and before it a minus if descending.
    pub fn parse(name: &str) -> Option<Self> {
        let field = name.strip_prefix('-');
        let by = match field.unwrap_or(name) {
            "size" => SortField::Size,
            "title" => SortField::Title,
            "supply" => SortField::Supply,
            _ => return None,
        };
        Some(Sorting { by, descending: field.is_some() })
    }
}

impl fmt::Display for Sorting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = if self.descending { "-" } else { "" };
        let field = match self.by {
            SortField::Size => "size",
            SortField::Title => "title",
            SortField::Supply => "supply",
        };
        write!(f, "{minus}{field}")
    }
}

/// Where a page begins.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Begin {
    /// At this place, or the next one in the order of the list.
    At(Position),
    /// After this many items.
    After(usize),
    /// The same as `At` in a list that is sorted by a value.
    Sorted(Mark),
}

/// A place in a list that is sorted by a value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Mark {
    pub sorting: Sorting,
    /// `None`: among the items that have no value.
    pub value: Option<SortValue>,
    pub at: Position,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum SortValue {
    Number(u128),
    /// As titles are compared.
    Title(Vec<u8>),
}

impl Begin {
    /// Whether it belongs to a list in that order; `is_searched`: with search words.
    pub fn fits(&self, order: Order, is_searched: bool) -> bool {
        match (self, order) {
            (Begin::Sorted(mark), Order::Sorted(sorting)) => mark.sorting == sorting,
            (Begin::After(_), Order::Relevance) => is_searched,
            (Begin::At(_), Order::Relevance) => !is_searched,
            (Begin::At(_), Order::Chain | Order::Newest) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Order {
        serde_json::from_value(name.into()).unwrap()
    }

    #[test]
    fn a_cursor_fits_the_order_it_is_from_and_no_other() {
        let at = Position::start_of(7);
        let sorted = |name| Begin::Sorted(Mark { sorting: Sorting::parse(name).unwrap(), value: None, at });
        assert!(sorted("size").fits(named("size"), false));
        assert!(!sorted("size").fits(named("-size"), false));
        assert!(!sorted("size").fits(named("chain"), false));
        assert!(Begin::At(at).fits(named("newest"), true) && Begin::At(at).fits(named("relevance"), false));
        assert!(!Begin::At(at).fits(named("title"), false) && !Begin::At(at).fits(named("relevance"), true));
        assert!(Begin::After(1).fits(named("relevance"), true));
        assert!(!Begin::After(1).fits(named("chain"), true) && !Begin::After(1).fits(named("supply"), true));
    }

    #[test]
    fn every_order_has_one_name() {
        for name in Order::NAMES {
            match named(name) {
                Order::Sorted(sorting) => assert_eq!(sorting.to_string(), name),
                order => assert_eq!(format!("{order:?}").to_lowercase(), name),
            }
        }
        assert!(serde_json::from_value::<Order>("price".into()).is_err());
        assert_eq!((Sorting::parse("chain"), Sorting::parse("--size")), (None, None));
    }
}
