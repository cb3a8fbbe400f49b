use capi::store::objects::ObjectError;

use super::{Store, content, put, read};

pub async fn ranges_end_where_the_object_ends(store: Store) {
    let whole = content(700_001);
    put(&store, "a", &whole).await.unwrap();
    let size = whole.len() as u64;
    let starts = [0, 1, 65_535, 65_536, 131_072, 262_143, size - 1, size, size + 1, u64::MAX];
    let lengths = [0, 1, 2, 65_536, 131_073, size - 1, size, size + 1, u64::MAX];
    for start in starts {
        for length in lengths {
            let from = start.min(size);
            let until = from.saturating_add(length).min(size);
            let found = read(&store, "a", start, length).await.unwrap();
            assert!(found == whole[from as usize..until as usize], "{length} bytes from {start}");
        }
    }
}

pub async fn what_is_not_there_is_not_read(store: Store) {
    put(&store, "a/b", b"1").await.unwrap();
    for absent in ["b", "a/c", "a", "a/b/c", "a/bb"] {
        assert!(matches!(read(&store, absent, 0, 1).await, Err(ObjectError::NotFound)), "{absent}");
        assert!(matches!(store.info(absent).await, Err(ObjectError::NotFound)), "{absent}");
    }
}
