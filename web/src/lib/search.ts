/** Puts a search into the server's terms. */
import type { Counted, paths } from 'capi-client'

type ServerQuery = NonNullable<paths['/listings/']['get']['parameters']['query']>

/** The server's names of the orders. `relevance` needs search words. */
const SERVER_SORTS = {
  newest: 'newest',
  oldest: 'chain',
  relevance: 'relevance',
  title: 'title',
  smallest: 'size',
  largest: '-size',
  supply: '-supply',
} as const

export type Sort = keyof typeof SERVER_SORTS
export const SORTS = Object.keys(SERVER_SORTS) as Sort[]

/** Kinds of files, in everyday terms. */
export const TYPES = ['text', 'image', 'audio', 'video', 'application'] as const

/** The filters of the page, under their names in its address. Like the server's, except that sizes may have units. */
export const FIELDS = ['q', 'title', 'tag', 'owner', 'type', 'license', 'min-size', 'max-size'] as const
export type Fields = Record<(typeof FIELDS)[number], string>

/** What to ask the server for. Empty fields, and sizes that are none, are left out. */
export function serverQuery(fields: Fields, sort: Sort): ServerQuery {
  const query: ServerQuery = { sort: SERVER_SORTS[sort] }
  for (const field of ['q', 'title', 'tag', 'owner', 'type', 'license'] as const) if (fields[field]) query[field] = fields[field]
  for (const field of ['min-size', 'max-size'] as const) query[field] = parseBytes(fields[field]) ?? undefined
  return query
}

/** The Atom feed of what a search finds, whatever its order. */
export function feedPath({ sort: _, ...filters }: ServerQuery): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return query.size ? `/feed.atom?${query}` : '/feed.atom'
}

/** The values to choose from: those that there are, and the chosen one in any case. */
export function choices(counted: readonly Counted[], chosen: string): { value: string; count: bigint | null }[] {
  const isMissing = chosen !== '' && counted.every(({ value }) => value !== chosen)
  return isMissing ? [{ value: chosen, count: null }, ...counted] : [...counted]
}

/** Parses `10 MB`, `1.5 kB` or `200` as bytes; null if there is no number. */
export function parseBytes(text: string): bigint | null {
  const match = /^\s*(\d+(?:[.,]\d+)?)\s*([kMGT]?)i?B?\s*$/i.exec(text)
  if (!match) return null
  const [, number = '', unit = ''] = match
  // Digits alone are exact, whatever their number.
  if (!unit && /^\d+$/.test(number)) return BigInt(number)
  const factor = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }[unit.toLowerCase()] ?? 1
  return BigInt(Math.round(Number(number.replace(',', '.')) * factor))
}
