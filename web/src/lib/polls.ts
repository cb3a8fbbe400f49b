import { ApiError, data, type Application, type Poll } from 'capi-client'
import { api } from '../api/index.ts'
import { i18n, locale } from '../i18n/index.ts'
import { formatAmount, formatInteger, formatSpan, shorten } from './format.ts'

const { t } = i18n.global

export const KINDS = ['application', 'challenge', 'reparam', 'registration'] as const
export type Kind = (typeof KINDS)[number]

/** The parameters of a market, by the contracts' numbers. */
export const PARAMETERS = [
  { number: 1n, name: 'stake', unit: 'CMT' },
  { number: 2n, name: 'price_floor', unit: 'CET' },
  { number: 4n, name: 'spread', unit: 'percent' },
  { number: 5n, name: 'list_reward', unit: 'CMT' },
  { number: 6n, name: 'plurality', unit: 'percent' },
  { number: 7n, name: 'vote_by', unit: 'seconds' },
  { number: 8n, name: 'backend_payment', unit: 'percent' },
  { number: 9n, name: 'maker_payment', unit: 'percent' },
  { number: 11n, name: 'cost_per_byte', unit: 'CET' },
] as const

export type ParameterName = (typeof PARAMETERS)[number]['name']

export function formatParameter(name: string, value: bigint): string {
  const unit = PARAMETERS.find((parameter) => parameter.name === name)?.unit
  if (unit === 'percent' || name === 'reserve_payment') return `${formatInteger(value, locale.value)} %`
  if (unit === 'seconds') return formatSpan(Number(value), locale.value)
  return unit ? `${formatAmount(value, locale.value)} ${unit}` : formatInteger(value, locale.value)
}

/** A poll's subject in one line. */
export function pollTitle(poll: Poll): string {
  if (poll.parameter) {
    const { name, value } = poll.parameter
    if (name) return t('poll.parameterTitle', { name: t(`parameter.${name}`), value: formatParameter(name, value) })
  }
  return poll.url ?? poll.listing?.title ?? shorten(poll.hash)
}

/** The most polls shown per kind. */
const MAX_POLLS = 100
/** Concurrent requests. */
const MAX_CONCURRENCY = 6

export async function readPoll(kind: string, hash: string): Promise<Poll> {
  if (kind !== 'application') return data(api.GET('/candidates/{kind}/{hash}', { params: { path: { kind, hash } } }))
  return ofApplication(await data(api.GET('/candidates/application/{hash}', { params: { path: { hash } } })))
}

/** The API returns applications in the form of 2019: a listing with its votes. */
function ofApplication(application: Application): Poll {
  const { hash, owner, stake, vote_by, yea, nay, plurality, passing, closed, resolvable, voters, added } = application
  return {
    hash, kind: 'application', owner: owner ?? '', stake, vote_by, yea, nay, plurality, passing, closed, resolvable, voters, added,
    parameter: null, url: null, listing: application,
  }
}

async function hashes(kind: Kind): Promise<string[]> {
  if (kind !== 'application') return (await data(api.GET('/candidates/{kind}', { params: { path: { kind } } }))).items
  const { items } = await data(api.GET('/candidates/application', { params: { query: { limit: BigInt(MAX_POLLS) } } }))
  return items.map((listing) => listing.listing_hash)
}

/** Null if the poll has been resolved in the meantime. */
async function readIfOpen([kind, hash]: readonly [Kind, string]): Promise<Poll | null> {
  try {
    return await readPoll(kind, hash)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

/** The open polls, those that close first at the top. */
export async function openPolls(kinds: readonly Kind[] = KINDS): Promise<Poll[]> {
  const lists = await Promise.all(kinds.map(async (kind) => (await hashes(kind)).slice(0, MAX_POLLS).map((hash) => [kind, hash] as const)))
  const wanted = lists.flat()
  const polls: Poll[] = []
  for (let at = 0; at < wanted.length; at += MAX_CONCURRENCY) {
    const read = await Promise.all(wanted.slice(at, at + MAX_CONCURRENCY).map(readIfOpen))
    polls.push(...read.filter((poll) => poll !== null))
  }
  return polls.sort((a, b) => Number(a.vote_by - b.vote_by))
}
