import type { Market } from 'capi-client'

/** A transaction's URL in the block explorer that the operator has set. */
export function explorerLink(market: Market | null, transaction: string | null): string | null {
  const template = market?.server.explorer
  return template && transaction ? template.replace('{tx}', transaction) : null
}
