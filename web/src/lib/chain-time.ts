import type { Market } from 'capi-client'

/** When each copy of the market arrived. */
const readAt = new WeakMap<Market, number>()

/** The chain's clock in seconds at the local time `now` in milliseconds: the newest block's time plus the time since. */
export function chainTime(market: Market | null, now: number): number {
  if (!market?.head) return now / 1000
  const read = readAt.get(market) ?? now
  readAt.set(market, read)
  return Number(market.head.time + market.head.age_seconds) + Math.max(0, now - read) / 1000
}
