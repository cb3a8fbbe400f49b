/** Voting, and resolving and unstaking afterwards. */
import type { Poll } from 'capi-client'
import type { Call, MarketChain } from '../chain/client.ts'
import type { Step } from '../flow/flow.ts'
import { i18n } from '../i18n/index.ts'
import { amount, approveStep } from './tokens.ts'

const { t } = i18n.global

export function voteSteps(chain: MarketChain, poll: Poll, yea: boolean): Step[] {
  return [
    approveStep(chain, 'market_token', 'voting', poll.stake),
    {
      id: 'vote',
      title: t(yea ? 'step.voteYea' : 'step.voteNay', { amount: amount(poll.stake, 'CMT') }),
      call: () => ({ to: 'voting', name: 'vote', args: [poll.hash, yea ? 1n : 2n] }),
    },
  ]
}

const RESOLVE: Record<string, Pick<Call, 'to' | 'name'>> = {
  application: { to: 'listing', name: 'resolveApplication' },
  challenge: { to: 'listing', name: 'resolveChallenge' },
  reparam: { to: 'parameterizer', name: 'resolveReparam' },
  registration: { to: 'datatrust', name: 'resolveRegistration' },
}

export function resolveSteps(chain: MarketChain, kind: string, hash: string): Step[] {
  const call = RESOLVE[kind]
  if (!call) return []
  return [
    {
      id: 'resolve',
      title: t('step.resolve'),
      isDone: async () => !(await chain.read<boolean>('voting', 'isCandidate', [hash])),
      call: () => ({ ...call, args: [hash] }),
    },
  ]
}

export function unstakeSteps(chain: MarketChain, hash: string): Step[] {
  return [
    {
      id: 'unstake',
      title: t('step.unstake'),
      isDone: async () => (await chain.read<bigint>('voting', 'getStake', [hash, chain.account])) === 0n,
      call: () => ({ to: 'voting', name: 'unstake', args: [hash] }),
    },
  ]
}

export function challengeSteps(chain: MarketChain, listing: string): Step[] {
  const { stake } = chain.market.parameters
  return [
    approveStep(chain, 'market_token', 'voting', stake),
    {
      id: 'challenge',
      title: t('step.challenge', { amount: amount(stake, 'CMT') }),
      isDone: () => chain.read<boolean>('voting', 'isCandidate', [listing]),
      call: () => ({ to: 'listing', name: 'challenge', args: [listing] }),
    },
  ]
}
