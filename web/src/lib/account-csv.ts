/** An account's activity as a table. Amounts are in wei, because a spreadsheet would round tokens. */
import type { At, OwnListing, Purchase, Vote } from 'capi-client'
import { toCsv } from './csv.ts'

const HEAD = ['what', 'time', 'block', 'transaction', 'hash', 'of', 'amount', 'unit', 'note']

const time = (at: At | null) => (at?.time == null ? null : new Date(Number(at.time) * 1000).toISOString())

export function accountCsv(purchases: readonly Purchase[], votes: readonly Vote[], listings: readonly OwnListing[]): string {
  const rows = [
    ...purchases.map(({ delivery_hash, requested, bytes_requested, status }) => [
      'purchase', time(requested), requested?.block ?? null, requested?.transaction ?? null, delivery_hash, null, bytes_requested, 'bytes', status,
    ]),
    ...purchases.flatMap(({ delivery_hash, accesses }) =>
      accesses.map(({ listing_hash, at, size, title }) => ['access', time(at), at.block, at.transaction, listing_hash, delivery_hash, size, 'bytes', title]),
    ),
    ...votes.map(({ hash, kind, at, stake, outcome }) => ['vote', time(at), at.block, at.transaction, hash, kind, stake, 'CMT wei', outcome]),
    ...listings.map(({ listing_hash, title, unclaimed, status }) => ['listing', null, null, null, listing_hash, title, unclaimed, 'CET wei unclaimed', status]),
  ]
  return toCsv(HEAD, rows)
}
