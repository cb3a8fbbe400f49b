import { ApiError, data, type ListingDetail } from 'capi-client'
import { api } from '../api/index.ts'

/** What is known about a listing hash: the live listing, or else its application. */
export async function readListing(hash: string): Promise<ListingDetail> {
  try {
    return await data(api.GET('/listings/{hash}', { params: { path: { hash } } }))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    return readApplication(hash)
  }
}

async function readApplication(hash: string): Promise<ListingDetail> {
  const path = { hash }
  const [application, history] = await Promise.all([
    data(api.GET('/candidates/application/{hash}', { params: { path } })),
    data(api.GET('/listings/{hash}/history', { params: { path, query: { limit: 200n } } })),
  ])
  return {
    ...application,
    data_hash: null,
    price: null,
    status: 'candidate',
    timeline: history.items,
    poll: { hash, kind: 'application', vote_by: application.vote_by },
    purchases: 0n,
    buyers: 0n,
  }
}
