/** Sign-In with Ethereum (EIP-4361). */
import { ApiError, data, type Market } from 'capi-client'
import { getAddress } from 'viem'
import { createSiweMessage } from 'viem/siwe'
import { request } from '../chain/wallet.ts'
import { api } from './index.ts'
import { session, signOut } from './session.ts'

function toHex(text: string): string {
  return `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

export async function signIn(account: string, market: Market): Promise<void> {
  const address = getAddress(account)
  const { nonce } = await data(api.GET('/authorize/nonce'))
  const host = market.server.dns_name
  const scheme = market.stack === 'local' ? 'http' : 'https'
  const message = createSiweMessage({
    address,
    chainId: Number(market.chain_id),
    domain: host,
    nonce,
    uri: `${scheme}://${host}/app/`,
    version: '1',
    issuedAt: new Date(),
  })
  const signature = (await request('personal_sign', [toHex(message), address])) as string
  const tokens = await data(api.POST('/authorize/', { body: { message, signature, public_key: address } }))
  session.tokens = { access: tokens.access_token, refresh: tokens.refresh_token }
  session.account = address
}

/** Runs a request that needs a token. If the token has expired, refreshes it and retries once. */
export async function withSession<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401 || !session.tokens) throw error
    await renew(session.tokens.refresh)
    return act()
  }
}

async function renew(refresh: string): Promise<void> {
  try {
    const headers = { authorization: `Bearer ${refresh}` }
    const tokens = await data(api.GET('/authorize/', { params: { query: { refresh: 'true' } } as never, headers }))
    session.tokens = { access: tokens.access_token, refresh: tokens.refresh_token }
  } catch (error) {
    signOut()
    throw error
  }
}
