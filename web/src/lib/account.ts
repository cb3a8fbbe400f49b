/** An account's lists, one page at a time, the newest first. */
import { data, type OwnListing, type Purchase, type Vote } from 'capi-client'
import { api } from '../api/index.ts'
import { findIn, type Answer, type Wish } from './pages.ts'

const params = (address: string, { limit, cursor }: Wish) => ({ params: { path: { address }, query: { limit, cursor } } })

export const readPurchases = (address: string, wish: Wish): Promise<Answer<Purchase>> =>
  data(api.GET('/accounts/{address}/deliveries', params(address, wish)))

export const readVotes = (address: string, wish: Wish): Promise<Answer<Vote>> =>
  data(api.GET('/accounts/{address}/votes', params(address, wish)))

export const readListings = (address: string, wish: Wish): Promise<Answer<OwnListing>> =>
  data(api.GET('/accounts/{address}/listings', params(address, wish)))

/** The most purchases to look through for a listing. */
const MAX_PURCHASES = 1000

export const gives = (listing: string) => (purchase: Purchase) =>
  purchase.accesses.some((access) => access.listing_hash === listing && access.fetchable)

/** The account's newest purchases, until the one that gives this listing. */
export const purchasesUntil = (address: string, listing: string): Promise<Purchase[]> =>
  findIn((wish) => readPurchases(address, wish), gives(listing), MAX_PURCHASES)
