import type { Market } from 'capi-client'

/** When each reading of the market came in. */
const readAt = new WeakMap<Market, number>()

/** The chain's clock in seconds, at `now` milliseconds of ours: its newest block's time, and what has passed since. */
export function chainTime(market: Market | null, now: number): number {
  if (!market?.head) return now / 1000
  const read = readAt.get(market) ?? now
  readAt.set(market, read)
  return Number(market.head.time + market.head.age_seconds) + Math.max(0, now - read) / 1000
}
