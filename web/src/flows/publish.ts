/** Publishes a file: the application on chain, the upload to the server, the hash on chain. */
import { ApiError, data, OfflineError } from 'capi-client'
import { getAddress, keccak256, stringToBytes } from 'viem/utils'
import { api } from '../api/index.ts'
import { withSession } from '../api/sign-in.ts'
import type { MarketChain } from '../chain/client.ts'
import type { Step } from '../flow/flow.ts'
import { i18n } from '../i18n/index.ts'
import type { Draft } from '../lib/draft.ts'
import { upload } from '../lib/upload.ts'
import { signInStep } from './sign-in.ts'

const { t } = i18n.global
const MAX_LISTINGS = 50
const POLL_MS = 800

/** The listing hash of a maker's file. A file that was listed before gets the next number. */
export function listingHash(maker: string, dataHash: string, number: number): `0x${string}` {
  return keccak256(stringToBytes(`${getAddress(maker)}/${dataHash}/${number}`))
}

export async function freeListingHash(chain: MarketChain, dataHash: string): Promise<`0x${string}`> {
  for (let number = 0; number < MAX_LISTINGS; number += 1) {
    const hash = listingHash(chain.account, dataHash, number)
    const [isCandidate, isListed] = await Promise.all([
      chain.read<boolean>('voting', 'isCandidate', [hash]),
      chain.read<boolean>('listing', 'isListed', [hash]),
    ])
    if (!isCandidate && !isListed) return hash
  }
  throw new Error(t('publish.noHash'))
}

/** `keep` stores what a reload needs. */
export function publishSteps(chain: MarketChain, draft: Draft, keep: (change: Partial<Draft>) => Promise<void>): Step[] {
  const { listing } = draft
  const hasDataHash = async () => (await chain.read<string>('datatrust', 'getDataHash', [listing])) === draft.keccak
  return [
    {
      id: 'list',
      title: t('step.list'),
      isDone: () => chain.read<boolean>('voting', 'isCandidate', [listing]),
      call: () => ({ to: 'listing', name: 'list', args: [listing] }),
      mined: (transaction) => keep({ transaction }),
    },
    signInStep(chain),
    {
      id: 'upload',
      title: t('step.upload'),
      isDone: async () => draft.task !== null && !(await hasFailed(draft.task)),
      act: async (report) => {
        if (!draft.transaction) await keep({ transaction: await chain.applied(listing) })
        const task = await withSession(() => upload(draft, chain.market, report, (uploadUrl) => keep({ uploadUrl })))
        await keep({ task })
      },
    },
    {
      id: 'data-hash',
      title: t('step.dataHash'),
      isDone: hasDataHash,
      act: async () => {
        while (!(await hasDataHash())) {
          if (draft.task) await check(draft.task)
          await new Promise((resolve) => setTimeout(resolve, POLL_MS))
        }
      },
    },
  ]
}

const readTask = (id: string) => data(api.GET('/tasks/{id}', { params: { path: { id } } }))

async function hasFailed(id: string): Promise<boolean> {
  try {
    return (await readTask(id)).status === 'FAILURE'
  } catch (error) {
    // The server deletes a task a day after it ends.
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

async function check(id: string): Promise<void> {
  try {
    const { status, error } = await readTask(id)
    if (status === 'FAILURE') throw new Error(error ?? t('publish.failed'))
  } catch (error) {
    // The server goes on, whether this page reaches it or not.
    if (!(error instanceof OfflineError)) throw error
  }
}
