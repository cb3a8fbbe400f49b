import type { Market } from 'capi-client'

/** Where the market's operator says that transactions can be looked up. */
export function explorerLink(market: Market | null, transaction: string | null): string | null {
  const template = market?.server.explorer
  return template && transaction ? template.replace('{tx}', transaction) : null
}
