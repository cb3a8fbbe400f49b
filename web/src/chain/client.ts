/** The chain through the wallet's connection; this page needs none of its own. */
import type { Market } from 'capi-client'
import { createClient, custom, type Abi, type Address, type Client, type Hash } from 'viem'
import { getBlockNumber, getTransactionCount, getTransactionReceipt, readContract, sendTransaction, simulateContract, waitForTransactionReceipt } from 'viem/actions'
import { encodeFunctionData, keccak256, numberToHex, stringToBytes } from 'viem/utils'
import { datatrustAbi, etherTokenAbi, listingAbi, marketTokenAbi, parameterizerAbi, reserveAbi, votingAbi } from './abi.ts'
import { request, wallets, type Provider } from './wallet.ts'

export type { Address, Hash }

const ABIS = {
  ether_token: etherTokenAbi,
  market_token: marketTokenAbi,
  voting: votingAbi,
  parameterizer: parameterizerAbi,
  reserve: reserveAbi,
  datatrust: datatrustAbi,
  listing: listingAbi,
} as const

export type Contract = keyof typeof ABIS

/** A transaction to send. */
export interface Call {
  to: Contract
  name: string
  args?: readonly unknown[]
  value?: bigint
}

/** The topic of the event `Applied(bytes32,address)`. */
const APPLIED = keccak256(stringToBytes('Applied(bytes32,address)'))
const RECENT_BLOCKS = 5000n
const POLL_MS = 1000
const LOCAL_POLL_MS = 250

/** Reads and calls the market's contracts with the selected account. */
export class MarketChain {
  readonly market: Market
  readonly account: Address
  private readonly client: Client

  constructor(market: Market, account: string, provider: Provider) {
    this.market = market
    this.account = account as Address
    const pollingInterval = market.stack === 'local' ? LOCAL_POLL_MS : POLL_MS
    this.client = createClient({ transport: custom(provider as never), pollingInterval })
  }

  address(contract: Contract): Address {
    return this.market.contracts[contract] as Address
  }

  read<T>(contract: Contract, name: string, args: readonly unknown[] = []): Promise<T> {
    const abi = ABIS[contract] as Abi
    return readContract(this.client, { abi, address: this.address(contract), functionName: name, args }) as Promise<T>
  }

  balance(token: 'ether_token' | 'market_token'): Promise<bigint> {
    return this.read(token, 'balanceOf', [this.account])
  }

  allowance(token: 'ether_token' | 'market_token', spender: Contract): Promise<bigint> {
    return this.read(token, 'allowance', [this.account, this.address(spender)])
  }

  /** Throws if the contract would refuse. */
  async simulate({ to, name, args = [], value }: Call): Promise<void> {
    const abi = ABIS[to] as Abi
    await simulateContract(this.client, {
      abi, address: this.address(to), functionName: name, args, account: this.account, value: value as never,
    })
  }

  /** Asks the wallet to send the transaction. */
  send({ to, name, args = [], value }: Call): Promise<Hash> {
    const data = encodeFunctionData({ abi: ABIS[to] as Abi, functionName: name, args })
    return sendTransaction(this.client, { account: this.account, chain: null, to: this.address(to), data, value })
  }

  /** Whether the account has pending transactions. */
  async hasPending(): Promise<boolean> {
    const count = (blockTag: 'latest' | 'pending') => getTransactionCount(this.client, { address: this.account, blockTag })
    const [mined, all] = await Promise.all([count('latest'), count('pending')])
    return all > mined
  }

  /** Waits until `hash`, or the transaction that replaces it, is mined. */
  mined(hash: Hash, onReplaced: (by: Hash, cancelled: boolean) => void) {
    return waitForTransactionReceipt(this.client, {
      hash,
      timeout: 0,
      retryCount: 20,
      onReplaced: ({ reason, transaction }) => onReplaced(transaction.hash, reason === 'cancelled'),
    })
  }

  /** The transaction that applied for `listing`; null if recent blocks do not contain it. */
  async applied(listing: string): Promise<Hash | null> {
    const head = await getBlockNumber(this.client)
    const from = head > RECENT_BLOCKS ? head - RECENT_BLOCKS : 0n
    const filter = { address: this.address('listing'), topics: [APPLIED, listing], fromBlock: numberToHex(from), toBlock: 'latest' }
    const logs = (await request('eth_getLogs', [filter])) as { transactionHash: Hash }[]
    return logs.at(-1)?.transactionHash ?? null
  }

  /** How many blocks are on top of the transaction's block; null if no block contains it. */
  async confirmations(hash: Hash): Promise<number | null> {
    try {
      const receipt = await getTransactionReceipt(this.client, { hash })
      const head = await getBlockNumber(this.client, { cacheTime: 0 })
      return Number(head - receipt.blockNumber)
    } catch {
      return null
    }
  }
}

/** For the connected wallet; null without one, or while it is on another chain. */
export function openChain(market: Market | null): MarketChain | null {
  const { wallet, account, chainId } = wallets
  if (!market || !wallet || !account || chainId !== Number(market.chain_id)) return null
  return new MarketChain(market, account, wallet.provider)
}

const hex = (id: number) => `0x${id.toString(16)}`

export function switchChain(id: number): Promise<unknown> {
  return request('wallet_switchEthereumChain', [{ chainId: hex(id) }])
}

export async function addChain(id: number, name: string, node: string): Promise<void> {
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
  await request('wallet_addEthereumChain', [{ chainId: hex(id), chainName: name, nativeCurrency, rpcUrls: [node] }])
  await switchChain(id)
}
