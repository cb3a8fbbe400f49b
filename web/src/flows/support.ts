/** Exchanges ETH, CET and CMT. */
import type { Contract, MarketChain } from '../chain/client.ts'
import type { Step } from '../flow/flow.ts'
import { i18n } from '../i18n/index.ts'
import { amount, approveStep, wrapStep } from './tokens.ts'

const { t } = i18n.global

export function depositSteps(_: MarketChain, value: bigint): Step[] {
  return [{ id: 'deposit', title: t('step.deposit', { amount: amount(value, 'ETH') }), call: () => ({ to: 'ether_token', name: 'deposit', value }) }]
}

export function unwrapSteps(_: MarketChain, value: bigint): Step[] {
  return [
    { id: 'unwrap', title: t('step.unwrap', { amount: amount(value, 'CET') }), call: () => ({ to: 'ether_token', name: 'withdraw', args: [value] }) },
  ]
}

export function supportSteps(chain: MarketChain, offer: bigint): Step[] {
  return [
    wrapStep(chain, offer),
    approveStep(chain, 'ether_token', 'reserve', offer),
    { id: 'support', title: t('step.support', { amount: amount(offer, 'CET') }), call: () => ({ to: 'reserve', name: 'support', args: [offer] }) },
  ]
}

export function withdrawSteps(chain: MarketChain): Step[] {
  return [
    {
      id: 'withdraw',
      title: t('step.withdraw'),
      isDone: async () => (await chain.balance('market_token')) === 0n,
      call: () => ({ to: 'reserve', name: 'withdraw' }),
    },
  ]
}

export function revokeSteps(chain: MarketChain, token: 'ether_token' | 'market_token', spender: Contract): Step[] {
  return [
    {
      id: 'revoke',
      title: t('step.revoke', { contract: t(`contract.${spender}`) }),
      isDone: async () => (await chain.allowance(token, spender)) === 0n,
      call: () => ({ to: token, name: 'approve', args: [chain.address(spender), 0n] }),
    },
  ]
}
