/** A browser wallet (EIP-6963) whose keys the development node holds and whose user is the test. */
import type { BrowserContext } from 'playwright-core'
import { privateKeyToAccount } from 'viem/accounts'
import type { DevAccount, DevMarket } from './market.ts'

const ASKS_THE_OWNER = ['eth_sendTransaction', 'personal_sign', 'eth_requestAccounts']

interface Request {
  method: string
  params?: unknown[]
}

type Outcome = { result: unknown } | { error: { code: number; message: string; data?: unknown } }

const fail = (code: number, message: string): Outcome => ({ error: { code, message } })

export class FakeWallet {
  /** How many of the next requests the user declines. */
  rejections = 0
  /** The chain that the wallet is on. */
  chainId = 31337
  knowsMarketChain = true
  /** How long the user takes to respond. */
  delayMs = 0
  /** The requests to sign or send, in order. */
  readonly asked: string[] = []
  /** The transactions sent. */
  readonly sent: string[] = []
  /** All requests that were answered. */
  readonly answered = new Set<string>()
  private connected = false

  constructor(
    private readonly market: DevMarket,
    public account: DevAccount,
  ) {}

  /** Announces the wallet to every page of `context`. */
  async install(context: BrowserContext): Promise<void> {
    await context.exposeBinding('walletRequest', (_, request: Request) => this.answer(request))
    await context.addInitScript(() => {
      const listeners: Record<string, ((payload: unknown) => void)[]> = {}
      const provider = {
        async request(asked: { method: string; params?: unknown[] }) {
          const outcome = await (window as never as { walletRequest(asked: unknown): Promise<Outcome> }).walletRequest(asked)
          if ('error' in outcome) throw Object.assign(new Error(outcome.error.message), outcome.error)
          if (asked.method === 'wallet_switchEthereumChain') listeners.chainChanged?.forEach((tell) => tell('0x7a69'))
          return outcome.result
        },
        on(event: string, listener: (payload: unknown) => void) {
          ;(listeners[event] ??= []).push(listener)
        },
        removeListener(event: string, listener: (payload: unknown) => void) {
          listeners[event] = (listeners[event] ?? []).filter((known) => known !== listener)
        },
      }
      ;(window as never as { walletTell: unknown }).walletTell = (event: string, payload: unknown) => listeners[event]?.forEach((tell) => tell(payload))
      const info = { uuid: '6f1c2a52-0a9d-4c3c-9b0c-6f1c2a520a9d', name: 'Test wallet', icon: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>', rdns: 'test.wallet' }
      const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }))
      window.addEventListener('eip6963:requestProvider', announce)
      announce()
    })
  }

  private async answer({ method, params = [] }: Request): Promise<Outcome> {
    if (ASKS_THE_OWNER.includes(method)) {
      this.asked.push(method)
      if (this.delayMs) await new Promise((resolve) => setTimeout(resolve, this.delayMs))
      if (this.rejections > 0) {
        this.rejections -= 1
        return fail(4001, 'User rejected the request.')
      }
    }
    try {
      const result = await this.perform(method, params)
      this.answered.add(method)
      return { result }
    } catch (error) {
      const { code = -32603, message, data } = error as { code?: number; message: string; data?: unknown }
      return { error: { code, message, data } }
    }
  }

  private async perform(method: string, params: unknown[]): Promise<unknown> {
    switch (method) {
      case 'eth_requestAccounts':
        this.connected = true
        return [this.account.address]
      case 'eth_accounts':
        return this.connected ? [this.account.address] : []
      case 'eth_chainId':
        return `0x${this.chainId.toString(16)}`
      case 'wallet_switchEthereumChain':
        if (!this.knowsMarketChain) throw Object.assign(new Error('Unrecognized chain ID.'), { code: 4902 })
        this.chainId = 31337
        return null
      case 'wallet_addEthereumChain':
        this.knowsMarketChain = true
        return null
      case 'personal_sign':
        return privateKeyToAccount(this.account.key as `0x${string}`).signMessage({ message: { raw: params[0] as `0x${string}` } })
      case 'eth_sendTransaction': {
        const hash = await this.market.rpc<string>(method, params)
        this.sent.push(hash)
        return hash
      }
      default:
        return this.market.rpc(method, params)
    }
  }
}
