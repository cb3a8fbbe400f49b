/** The session. Its tokens are kept in memory only, so closing the page ends it. */
import { shallowReactive } from 'vue'

interface Tokens {
  access: string
  refresh: string
}

interface Session {
  /** The signed-in account, in EIP-55 form. */
  account: string | null
  tokens: Tokens | null
}

export const session = shallowReactive<Session>({ account: null, tokens: null })

export function signOut(): void {
  session.account = null
  session.tokens = null
}

export function isSignedIn(account: string | null): boolean {
  return account !== null && session.account?.toLowerCase() === account.toLowerCase()
}
