/** This browser's wallets: discovered by EIP-6963, used through EIP-1193. */
import { computed, shallowReactive } from 'vue'

export interface Provider {
  request(args: { method: string; params?: unknown }): Promise<unknown>
  on?(event: string, listener: (payload: never) => void): void
  removeListener?(event: string, listener: (payload: never) => void): void
}

export interface Wallet {
  uuid: string
  name: string
  icon: string
  rdns: string
  provider: Provider
}

interface State {
  found: Wallet[]
  wallet: Wallet | null
  /** The selected account, as the wallet writes it. */
  account: string | null
  chainId: number | null
}

/** The wallet that development markets come with. */
export const DEV_WALLET = 'capi.dev'

/** The wallet that was connected last. It is asked, without a dialog, whether it is still connected. */
const LAST = 'capi.wallet'

export const wallets = shallowReactive<State>({ found: [], wallet: null, account: null, chainId: null })

export const account = computed(() => wallets.account)

/** Sends a request to the connected wallet. */
export function request(method: string, params?: unknown): Promise<unknown> {
  if (!wallets.wallet) return Promise.reject(new Error('no wallet is connected'))
  return wallets.wallet.provider.request({ method, params })
}

export function announce(wallet: Wallet): void {
  if (wallets.found.some((known) => known.uuid === wallet.uuid || known.rdns === wallet.rdns)) return
  wallets.found = [...wallets.found, wallet]
  if (!wallets.wallet && localStorage.getItem(LAST) === wallet.rdns) void adopt(wallet, 'eth_accounts').catch(() => undefined)
}

/** Asks every wallet to announce itself. */
export function discover(): void {
  window.addEventListener('eip6963:announceProvider', (event) => {
    const { info, provider } = (event as CustomEvent).detail as { info: Omit<Wallet, 'provider'>; provider: Provider }
    announce({ uuid: info.uuid, name: info.name, icon: info.icon, rdns: info.rdns, provider })
  })
  window.dispatchEvent(new Event('eip6963:requestProvider'))
}

/** Connects. The wallet asks the user for permission. */
export function connect(wallet: Wallet): Promise<void> {
  return adopt(wallet, 'eth_requestAccounts')
}

export function disconnect(): void {
  if (wallets.wallet) unlisten(wallets.wallet.provider)
  localStorage.removeItem(LAST)
  Object.assign(wallets, { wallet: null, account: null, chainId: null })
}

async function adopt(wallet: Wallet, method: 'eth_accounts' | 'eth_requestAccounts'): Promise<void> {
  const [accounts, chainId] = (await Promise.all([
    wallet.provider.request({ method }),
    wallet.provider.request({ method: 'eth_chainId' }),
  ])) as [string[], string]
  if (accounts.length === 0) return
  if (wallets.wallet) unlisten(wallets.wallet.provider)
  Object.assign(wallets, { wallet, account: accounts[0], chainId: Number(chainId) })
  localStorage.setItem(LAST, wallet.rdns)
  wallet.provider.on?.('accountsChanged', onAccounts)
  wallet.provider.on?.('chainChanged', onChain)
}

function unlisten(provider: Provider): void {
  provider.removeListener?.('accountsChanged', onAccounts)
  provider.removeListener?.('chainChanged', onChain)
}

function onAccounts(accounts: string[]): void {
  if (accounts.length === 0) disconnect()
  else wallets.account = accounts[0] ?? null
}

function onChain(chainId: string): void {
  wallets.chainId = Number(chainId)
}
