/** Sorts and filters what the server does not. */
import type { Listing } from 'capi-client'

/** The server's sort orders and their names. `relevance` needs search words. */
const OF_SERVER = { newest: 'newest', oldest: 'chain', relevance: 'relevance' } as const

export type Sort = keyof typeof OF_SERVER | 'title' | 'smallest' | 'largest'
export const SORTS: Sort[] = ['newest', 'oldest', 'relevance', 'title', 'smallest', 'largest']

/** The order to request from the server. */
export function serverSort(sort: Sort): 'newest' | 'chain' | 'relevance' {
  return isOfServer(sort) ? OF_SERVER[sort] : 'chain'
}

const isOfServer = (sort: Sort): sort is keyof typeof OF_SERVER => sort in OF_SERVER

/** Kinds of files, in everyday terms. */
export const TYPES = ['text', 'image', 'audio', 'video', 'application'] as const

export interface Narrowing {
  sort: Sort
  /** The media type's first part, or all of it. */
  type: string
  /** Bytes; null means no limit. */
  atLeast: bigint | null
  atMost: bigint | null
  /** Only these listings. */
  among: readonly string[] | null
}

/** Whether the server's own pages give the same result. */
export function isPlain(by: Narrowing): boolean {
  return isOfServer(by.sort) && !by.type && by.atLeast === null && by.atMost === null && by.among === null
}

export function narrow(listings: readonly Listing[], by: Narrowing): Listing[] {
  const among = by.among && new Set(by.among)
  const kept = listings.filter((listing) => {
    const { file_type: type, size } = listing
    if (among && !among.has(listing.listing_hash)) return false
    if (by.type && type !== by.type && !type?.startsWith(`${by.type}/`)) return false
    if (by.atLeast !== null && (size === null || size < by.atLeast)) return false
    return by.atMost === null || (size !== null && size <= by.atMost)
  })
  return order(kept, by.sort)
}

function order(listings: Listing[], sort: Sort): Listing[] {
  const bySize = (a: Listing, b: Listing) => Number((a.size ?? 0n) - (b.size ?? 0n))
  switch (sort) {
    case 'title':
      return listings.sort((a, b) => (a.title ?? '').localeCompare(b.title ?? ''))
    case 'smallest':
      return listings.sort(bySize)
    case 'largest':
      return listings.sort((a, b) => bySize(b, a))
    default:
      return listings
  }
}

/** Parses `10 MB`, `1.5 kB` or `200` as bytes; null if there is no number. */
export function parseBytes(text: string): bigint | null {
  const match = /^\s*(\d+(?:[.,]\d+)?)\s*([kMGT]?)i?B?\s*$/i.exec(text)
  if (!match) return null
  const factor = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }[(match[2] ?? '').toLowerCase()] ?? 1
  return BigInt(Math.round(Number((match[1] ?? '0').replace(',', '.')) * factor))
}
