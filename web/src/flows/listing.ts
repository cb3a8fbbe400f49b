/** What a listing's owner can do with it. */
import type { MarketChain } from '../chain/client.ts'
import type { Step } from '../flow/flow.ts'
import { i18n } from '../i18n/index.ts'
import { amount } from './tokens.ts'

const { t } = i18n.global

export function exitSteps(chain: MarketChain, listing: string): Step[] {
  return [
    {
      id: 'exit',
      title: t('step.exit'),
      isDone: async () => !(await chain.read<boolean>('listing', 'isListed', [listing])),
      call: () => ({ to: 'listing', name: 'exit', args: [listing] }),
    },
  ]
}

export function claimSteps(_: MarketChain, listing: string): Step[] {
  return [
    { id: 'claim', title: t('step.claim'), call: () => ({ to: 'listing', name: 'claimAccessReward', args: [listing] }) },
  ]
}

export function takeSteps(_: MarketChain, listing: string, value: bigint): Step[] {
  const title = t('step.take', { amount: amount(value, 'CMT') })
  return [{ id: 'take', title, call: () => ({ to: 'listing', name: 'withdrawFromListing', args: [listing, value] }) }]
}
