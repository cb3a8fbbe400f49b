/** The development endpoints that only a development market's server has. */
import { ApiError, parseExact } from 'capi-client'

export interface DevAccount {
  name: string
  address: string
}

async function ask(path: string, body?: object): Promise<unknown> {
  const request = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(`/dev/${path}`, request)
  const text = await answer.text()
  if (!answer.ok) throw new ApiError(answer, parseExact(text))
  return text ? parseExact(text) : null
}

export async function readAccounts(): Promise<DevAccount[]> {
  return ((await ask('accounts')) as { items: DevAccount[] }).items
}

/** Amounts in wei. */
export function drip(address: string, gift: Record<'eth' | 'cet' | 'cmt', bigint>): Promise<unknown> {
  const [eth, cet, cmt] = [gift.eth, gift.cet, gift.cmt].map(String)
  return ask('drip', { address, eth, cet, cmt })
}

export const mine = (blocks: number) => ask('mine', { blocks })
export const passTime = (seconds: number) => ask('time', { seconds })

/** The node's response to a request; throws its error, as wallets do. */
export async function relay(method: string, params: unknown): Promise<unknown> {
  const answer = await fetch('/dev/rpc', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ method, params: params ?? [] }),
  })
  const said = (await answer.json()) as { result?: unknown; error?: { code: number; message: string; data?: unknown }; detail?: string }
  if (!answer.ok) throw Object.assign(new Error(said.detail), { code: UNSUPPORTED_METHOD })
  if (said.error) throw Object.assign(new Error(said.error.message), said.error)
  return said.result
}

/** An EIP-1193 error. */
const UNSUPPORTED_METHOD = 4200
