import { ApiError, data, type Application, type Poll, type ResolvedPoll } from 'capi-client'
import { api } from '../api/index.ts'
import { i18n, locale } from '../i18n/index.ts'
import { formatAmount, formatInteger, formatSpan, formatWholePercent, shorten } from './format.ts'
import { readListing } from './listings.ts'
import type { Answer, Wish } from './pages.ts'

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
  if (unit === 'percent' || name === 'reserve_payment') return formatWholePercent(value, locale.value)
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

export async function readPoll(kind: string, hash: string): Promise<Poll> {
  if (kind !== 'application') return data(api.GET('/candidates/{kind}/{hash}', { params: { path: { kind, hash } } }))
  return ofApplication(await readApplication(hash))
}

const readApplication = (hash: string): Promise<Application> => data(api.GET('/candidates/application/{hash}', { params: { path: { hash } } }))

/** A poll, and what the maker of its file lets voters see of it. Of polls, only applications say that. */
export async function readPollAndPreview(kind: string, hash: string): Promise<Poll & { preview: string | null }> {
  if (kind === 'application') {
    const application = await readApplication(hash)
    return { ...ofApplication(application), preview: application.preview }
  }
  const poll = await readPoll(kind, hash)
  return { ...poll, preview: poll.listing ? (await readListing(hash)).preview : null }
}

/** The API returns applications in the form of 2019: a listing with its votes. */
function ofApplication(application: Application): Poll {
  const { hash, owner, stake, vote_by, yea, nay, plurality, passing, closed, resolvable, voters, added } = application
  return {
    hash, kind: 'application', owner: owner ?? '', stake, vote_by, yea, nay, plurality, passing, closed, resolvable, voters, added,
    parameter: null, url: null, listing: application,
  }
}

/** Null if the poll has been resolved in the meantime. */
async function readIfOpen(kind: Kind, hash: string): Promise<Poll | null> {
  try {
    return await readPoll(kind, hash)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

async function hashes(kind: Kind, wish: Wish): Promise<Answer<string>> {
  const query = { limit: wish.limit, cursor: wish.cursor }
  if (kind !== 'application') return data(api.GET('/candidates/{kind}', { params: { path: { kind }, query } }))
  const { items, next, total } = await data(api.GET('/candidates/application', { params: { query } }))
  return { items: items.map((listing) => listing.listing_hash), next, total }
}

/** A page of the open polls of one kind, the oldest first: those that close first. */
export async function openPolls(kind: Kind, wish: Wish): Promise<Answer<Poll>> {
  const { items, next, total } = await hashes(kind, wish)
  const polls = await Promise.all(items.map((hash) => readIfOpen(kind, hash)))
  return { items: polls.filter((poll) => poll !== null), next, total }
}

/** The open polls of every kind that close first. */
export async function closingNext(count: number): Promise<Poll[]> {
  const lists = await Promise.all(KINDS.map((kind) => openPolls(kind, { limit: BigInt(count) })))
  const polls = lists.flatMap(({ items }) => items)
  return polls.sort((a, b) => Number(a.vote_by - b.vote_by)).slice(0, count)
}

/** A page of the proposals that were decided, those made last first. */
export function decidedProposals({ limit, cursor }: Wish): Promise<Answer<ResolvedPoll>> {
  return data(api.GET('/candidates/resolved', { params: { query: { kind: 'reparam,registration', limit, cursor } } }))
}
