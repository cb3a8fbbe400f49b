/** Steps that give a contract an allowance for exactly the amount its call will spend. */
import type { Contract, MarketChain } from '../chain/client.ts'
import type { Step } from '../flow/flow.ts'
import { i18n, locale } from '../i18n/index.ts'
import { formatAmount } from '../lib/format.ts'

const { t } = i18n.global
export const amount = (value: bigint, unit: string) => `${formatAmount(value, locale.value)} ${unit}`

/** Exchanges as much ETH as CET is missing. */
export function wrapStep(chain: MarketChain, need: bigint): Step {
  return {
    id: 'wrap',
    title: t('step.wrap', { amount: amount(need, 'CET') }),
    isDone: async () => (await chain.balance('ether_token')) >= need,
    call: async () => ({ to: 'ether_token', name: 'deposit', value: need - (await chain.balance('ether_token')) }),
  }
}

export function approveStep(chain: MarketChain, token: 'ether_token' | 'market_token', spender: Contract, need: bigint): Step {
  const unit = token === 'ether_token' ? 'CET' : 'CMT'
  return {
    id: 'approve',
    title: t('step.approve', { amount: amount(need, unit), contract: t(`contract.${spender}`) }),
    isDone: async () => (await chain.allowance(token, spender)) >= need,
    call: () => ({ to: token, name: 'approve', args: [chain.address(spender), need] }),
  }
}
