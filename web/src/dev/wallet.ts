/**
 * A wallet for development markets, so that they need no extension. It signs with the accounts of `capi dev`, whose keys
 * are public and held by the development node.
 */
import type { Market } from 'capi-client'
import { DEV_WALLET, type Provider } from '../chain/wallet.ts'
import { readAccounts, relay, type DevAccount } from './tools.ts'

const CHAIN_ID = 31337n
const CHOSEN = 'capi.dev.account'
/** The default account. */
const FIRST = 'maker'

type Listener = (payload: never) => void

/** Whether this market may use the wallet. */
export function isDevelopment(market: Market): boolean {
  return market.server.dev && market.stack === 'local' && market.chain_id === CHAIN_ID
}

class DevWallet implements Provider {
  private readonly listeners = new Map<string, Set<Listener>>()

  constructor(private readonly accounts: DevAccount[]) {}

  get account(): string | undefined {
    const chosen = sessionStorage.getItem(CHOSEN)
    const found = this.accounts.find(({ address }) => address === chosen) ?? this.accounts.find(({ name }) => name === FIRST)
    return found?.address
  }

  /** For this tab only, so that two tabs can be two people. */
  choose(address: string): void {
    sessionStorage.setItem(CHOSEN, address)
    for (const tell of this.listeners.get('accountsChanged') ?? []) tell([address] as never)
  }

  async request({ method, params }: { method: string; params?: unknown }): Promise<unknown> {
    switch (method) {
      case 'eth_accounts':
      case 'eth_requestAccounts':
        return this.account ? [this.account] : []
      case 'wallet_switchEthereumChain':
      case 'wallet_addEthereumChain':
        return null
      default:
        return relay(method, params)
    }
  }

  on(event: string, listener: Listener): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener))
  }

  removeListener(event: string, listener: Listener): void {
    this.listeners.get(event)?.delete(listener)
  }
}

const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><rect width="20" height="20" rx="5" fill="#b45309"/><path d="M5 7h10v7H5zM12 10h3" stroke="#fff" stroke-width="1.6" fill="none"/></svg>',
  )
const INFO = Object.freeze({ uuid: '3b1f6c0e-7f0a-4f0e-9d1b-5c0f31337c0e', name: 'Development wallet', icon: ICON, rdns: DEV_WALLET })

let wallet: DevWallet | null = null

/** Announces the wallet as EIP-6963 defines, now and whenever a page asks. */
export async function announceDevWallet(): Promise<void> {
  if (wallet) return
  wallet = new DevWallet(await readAccounts())
  const detail = Object.freeze({ info: INFO, provider: wallet })
  const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
  window.addEventListener('eip6963:requestProvider', announce)
  announce()
}

/** Selects the account that the wallet signs for. */
export function chooseAccount(address: string): void {
  wallet?.choose(address)
}
