/** Proposes new parameters or a new backend. */
import { keccak256, stringToBytes } from 'viem/utils'
import type { MarketChain } from '../chain/client.ts'
import type { Step } from '../flow/flow.ts'
import { i18n } from '../i18n/index.ts'
import { amount, approveStep } from './tokens.ts'

const { t } = i18n.global

export function proposeSteps(chain: MarketChain, parameter: bigint, value: bigint): Step[] {
  const { stake } = chain.market.parameters
  return [
    approveStep(chain, 'market_token', 'voting', stake),
    {
      id: 'propose',
      title: t('step.propose', { amount: amount(stake, 'CMT') }),
      isDone: async () => {
        const hash = await chain.read<string>('parameterizer', 'getHash', [parameter, value])
        return chain.read<boolean>('voting', 'isCandidate', [hash])
      },
      call: () => ({ to: 'parameterizer', name: 'reparameterize', args: [parameter, value] }),
    },
  ]
}

export function registerSteps(chain: MarketChain, url: string): Step[] {
  const { stake } = chain.market.parameters
  return [
    approveStep(chain, 'market_token', 'voting', stake),
    {
      id: 'register',
      title: t('step.register', { amount: amount(stake, 'CMT') }),
      isDone: () => chain.read<boolean>('voting', 'isCandidate', [keccak256(stringToBytes(url))]),
      call: () => ({ to: 'datatrust', name: 'register', args: [url] }),
    },
  ]
}

export function backendUrlSteps(_: MarketChain, url: string): Step[] {
  return [{ id: 'set-url', title: t('step.setUrl'), call: () => ({ to: 'datatrust', name: 'setBackendUrl', args: [url] }) }]
}
