/** Checks proposals before the vote for what the contract would refuse after it. */
import type { Market } from 'capi-client'
import type { ParameterName } from './polls.ts'
import { parseDecimal, toDecimal } from './units.ts'

const DAY = 86_400n

export type ProposalProblem = 'same' | 'spread' | 'stake' | 'voteBy' | 'plurality' | 'payments'

/** Amounts are typed in tokens, everything else as a whole number. */
export function toValue(unit: string, text: string): bigint | null {
  const decimals = unit === 'CET' || unit === 'CMT' ? 18 : 0
  const value = parseDecimal(text, decimals)
  return value !== null && value < 1n << 256n ? value : null
}

export function toText(unit: string, value: bigint): string {
  return unit === 'CET' || unit === 'CMT' ? toDecimal(value) : String(value)
}

/** Why a proposal could never take effect. */
export function checkProposal(name: ParameterName, value: bigint, market: Market): ProposalProblem | null {
  const { parameters, supply } = market
  if (value === parameters[name]) return 'same'
  switch (name) {
    case 'spread':
      return value < 100n ? 'spread' : null
    case 'stake':
      return value === 0n || value > supply / 3n ? 'stake' : null
    case 'vote_by':
      return value < DAY || value > 14n * DAY ? 'voteBy' : null
    case 'plurality':
      return value > 100n ? 'plurality' : null
    case 'backend_payment':
      return value + parameters.maker_payment > 100n ? 'payments' : null
    case 'maker_payment':
      return value + parameters.backend_payment > 100n ? 'payments' : null
    default:
      return null
  }
}
