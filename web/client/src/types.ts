/** Names for the API's response types. */
import type { components, paths } from './schema.d.ts'

type Body<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer Json } } } } ? Json : never
type Get<Path extends keyof paths> = paths[Path] extends { get: infer Operation } ? Body<Operation> : never
type Item<List> = List extends { items: (infer One)[] } ? One : never

export type Market = Get<'/market'>
export type Series = Get<'/market/series'>
export type Parameters = Market['parameters']
export type Listing = Item<Get<'/listings/'>>
/** The most common tags, media types and licenses of listings. */
export type Facets = Get<'/listings/facets'>
/** A value and how many listings have it. */
export type Counted = Facets['tags'][number]
export type ListingDetail = Get<'/listings/{hash}'>
export type TimelineEntry = ListingDetail['timeline'][number]
/** A listing with its votes, in the form of 2019. */
export type Application = Get<'/candidates/application/{hash}'>
export type Poll = Get<'/candidates/{kind}/{hash}'>
/** A resolved poll. */
export type ResolvedPoll = Item<Get<'/candidates/resolved'>>
export type Account = Get<'/accounts/{address}'>
export type Purchase = Item<Get<'/accounts/{address}/deliveries'>>
export type Vote = Item<Get<'/accounts/{address}/votes'>>
export type OwnListing = Item<Get<'/accounts/{address}/listings'>>
/** The server's pending settlement, for its operators. */
export type Settlement = Get<'/admin/settlement'>
export type Task = Get<'/tasks/{id}'>
export type At = components['schemas']['At']
