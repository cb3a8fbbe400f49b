/** Buys a file: payment, request for its bytes, download. */
import { ApiError, OfflineError } from 'capi-client'
import { getAddress, keccak256, stringToBytes } from 'viem/utils'
import { withSession } from '../api/sign-in.ts'
import type { MarketChain } from '../chain/client.ts'
import type { Step } from '../flow/flow.ts'
import { i18n } from '../i18n/index.ts'
import { whenOnline } from '../lib/connection.ts'
import { fetchFile } from '../lib/download.ts'
import { amount, approveStep, wrapStep } from './tokens.ts'
import { signInStep } from './sign-in.ts'

const { t } = i18n.global
const NOBODY = '0x0000000000000000000000000000000000000000'
const MAX_PURCHASES = 50
const RETRY_MS = 1000
/** How long to wait until the server sees a purchase. */
const MAX_TRIES = 60

type Hex = `0x${string}`
const keccakOf = (text: string): Hex => keccak256(stringToBytes(text))

/** The delivery hash that clients use by custom; further purchases of a listing append their number. */
export function deliveryHash(buyer: string, listing: string, number: number): Hex {
  const text = keccakOf(getAddress(buyer)) + keccakOf(listing.toLowerCase())
  return keccakOf(number > 0 ? `${text}/${number}` : text)
}

type Delivery = readonly [owner: string, requested: bigint, delivered: bigint]

interface Choice {
  hash: Hex
  /** Already paid: the file only needs to be fetched, for the first time or again. */
  open: boolean
}

/** The buyer's open delivery that covers the file, or else the first hash that is free and was never theirs. */
async function choose(chain: MarketChain, listing: string, size: bigint, spent: ReadonlySet<string>): Promise<Choice> {
  for (let number = 0; number < MAX_PURCHASES; number += 1) {
    const hash = deliveryHash(chain.account, listing, number)
    const [owner, requested] = await chain.read<Delivery>('datatrust', 'getDelivery', [hash])
    const mine = owner.toLowerCase() === chain.account.toLowerCase()
    if (mine && requested >= size) return { hash, open: true }
    if (owner === NOBODY && !spent.has(hash)) return { hash, open: false }
  }
  throw new Error(t('buy.noHash'))
}

/** `spent`: the buyer's completed delivery hashes. */
export function buySteps(chain: MarketChain, listing: string, size: bigint, spent: ReadonlySet<string>): Step[] {
  const { parameters } = chain.market
  const price = parameters.cost_per_byte * size
  const choice = () => choose(chain, listing, size, spent)
  let chosen: Promise<Choice> | null = null
  return [
    wrapStep(chain, price),
    approveStep(chain, 'ether_token', 'datatrust', price),
    {
      id: 'request',
      title: t('step.request', { amount: amount(price, 'CET') }),
      isDone: async () => (await (chosen = choice())).open,
      call: async () => ({ to: 'datatrust', name: 'requestDelivery', args: [(await choice()).hash, size] }),
    },
    signInStep(chain),
    {
      id: 'download',
      title: t('step.download'),
      act: async (report) => download((await (chosen ?? choice())).hash, listing, report),
    },
  ]
}

/** Fetches a paid file again. */
export function fetchSteps(chain: MarketChain, delivery: string, listing: string): Step[] {
  return [signInStep(chain), { id: 'download', title: t('step.download'), act: (report) => download(delivery, listing, report) }]
}

/** The server is about half a second behind the chain, so a request that it refuses may succeed a moment later. */
async function download(delivery: string, listing: string, report: (share: number | null) => void): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await withSession(() => fetchFile(delivery, listing, report))
    } catch (error) {
      const early = error instanceof ApiError && [403, 404, 412, 503].includes(error.status)
      const lost = error instanceof OfflineError && !navigator.onLine
      if (!(early || lost) || tries >= MAX_TRIES) throw error
      await whenOnline()
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}
