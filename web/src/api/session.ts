/** The sign-in. Its tokens are in memory only: closing the page ends it. */
import { shallowReactive } from 'vue'

interface Tokens {
  access: string
  refresh: string
}

interface Session {
  /** The account that is signed in, as EIP-55 writes it. */
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
