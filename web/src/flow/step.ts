/** One step of a chain action, as a state machine without effects. */

export type Phase = 'ready' | 'wallet' | 'sent' | 'mined' | 'settled'

export type Problem =
  /** The owner of the wallet said no. */
  | { kind: 'rejected' }
  /** The contract would refuse, so nothing was asked of the wallet. */
  | { kind: 'refused'; text: string }
  /** Mined, and without effect. */
  | { kind: 'reverted' }
  /** The wallet sent something else under the same number. */
  | { kind: 'cancelled' }
  /** The account has a transaction under way that this page knows nothing of. */
  | { kind: 'busy' }
  | { kind: 'failed'; text: string }

export interface StepState {
  phase: Phase
  /** Its effect was there before anything was sent from here. */
  skipped: boolean
  hash: string | null
  /** Blocks on top of the transaction's own. */
  confirmations: number
  /** Of what is not a transaction: how much is done, 0 to 1. */
  progress: number | null
  problem: Problem | null
}

export type StepEvent =
  | { type: 'asked' }
  | { type: 'sent'; hash: string }
  | { type: 'replaced'; hash: string }
  | { type: 'progressed'; share: number | null }
  /** It did not come about. */
  | { type: 'failed'; problem: Problem }
  | { type: 'mined' }
  /** `needed` blocks on top make it final; `have` is null when no block holds the transaction any more. */
  | { type: 'confirmed'; have: number | null; needed: number }
  /** What is not a transaction is done. */
  | { type: 'finished' }
  /** The chain shows the step's effect, or does not. */
  | { type: 'observed'; there: boolean }

export const INITIAL: StepState = {
  phase: 'ready',
  skipped: false,
  hash: null,
  confirmations: 0,
  progress: null,
  problem: null,
}

export function advance(state: StepState, event: StepEvent): StepState {
  switch (event.type) {
    case 'asked':
      return state.phase === 'ready' ? { ...INITIAL, phase: 'wallet' } : state
    case 'sent':
      return state.phase === 'wallet' ? { ...state, phase: 'sent', hash: event.hash } : state
    case 'replaced':
      return state.phase === 'sent' ? { ...state, hash: event.hash } : state
    case 'progressed':
      return state.phase === 'wallet' ? { ...state, progress: event.share } : state
    case 'failed':
      return state.phase === 'settled' ? state : { ...INITIAL, problem: event.problem }
    case 'mined':
      return state.phase === 'sent' ? { ...state, phase: 'mined' } : state
    case 'confirmed':
      return confirm(state, event.have, event.needed)
    case 'finished':
      return state.phase === 'wallet' ? { ...state, phase: 'settled', progress: null } : state
    case 'observed':
      return observe(state, event.there)
  }
}

/** A block can be abandoned with what it holds: the transaction is then on its way again. */
function confirm(state: StepState, have: number | null, needed: number): StepState {
  if (state.phase !== 'mined' && !(state.phase === 'settled' && state.hash)) return state
  if (have === null) return { ...state, phase: 'sent', confirmations: 0 }
  return { ...state, phase: have >= needed ? 'settled' : 'mined', confirmations: have }
}

/** Steps that are under way follow their transaction; the others follow the chain. */
function observe(state: StepState, there: boolean): StepState {
  if (there && state.phase === 'ready') return { ...INITIAL, phase: 'settled', skipped: true }
  if (!there && state.phase === 'settled' && state.skipped) return INITIAL
  return state
}

/** Whether what follows may begin: the effect is on the chain, if not yet for good. */
export function hasEffect(state: StepState): boolean {
  return state.phase === 'mined' || state.phase === 'settled'
}

/** The effect of a later step tells that the ones before it are done, whatever they have left to see. */
export function inherit(seen: readonly boolean[]): boolean[] {
  const last = seen.lastIndexOf(true)
  return seen.map((_, index) => index <= last)
}
