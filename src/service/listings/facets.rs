//! The facets of a list: the most common tags, media types and licenses, with their numbers.

use std::sync::Arc;

use super::super::read_model::{Order, Page, Selection, Series, etag};
use super::super::{Context, ServiceError, ServiceResult};
use super::{Query, cursors, pages};

/// The facets of the live listings that match `query`, ignoring its order and page; an error for a cursor that is none.
pub async fn facets(ctx: &Context, query: Query) -> ServiceResult<Arc<Page>> {
    if let Some(cursor) = &query.cursor {
        cursors::parse_begin(cursor)?;
    }
    let model = &ctx.read_model;
    model.complete().await?;
    let Query { filter, q, title, .. } = query;
    let selection = Selection { series: &[Series::Listings], filter, q, title };
    if let Some(facets) = model.hot_facets(&selection) {
        return Ok(facets);
    }
    // Taken before anything is read, so that facets overtaken by a change are not cached.
    let generation = model.generation(selection.series);
    let hits = pages::hits(ctx, &selection, Order::Chain).await?;
    let page = model.searching(move |model| {
        let facets = model.facets(Series::Listings, &selection.filter, hits.as_deref())?;
        let body = facets.to_json()?;
        let page = Arc::new(Page {
            etag: etag(&body),
            body: body.into_boxed_slice().into(),
            series: selection.series,
            generation,
        });
        model.keep_facets(selection, page.clone());
        Ok(page)
    });
    page.await.map_err(ServiceError::from)
}
