/** One step of a chain action, as a state machine without effects. */

export type Phase = 'ready' | 'wallet' | 'sent' | 'mined' | 'settled'

export type Problem =
  /** The user declined in the wallet. */
  | { kind: 'rejected' }
  /** The contract would refuse, so the wallet was not asked. */
  | { kind: 'refused'; text: string }
  /** Mined, but failed. */
  | { kind: 'reverted' }
  /** The wallet sent another transaction with the same nonce. */
  | { kind: 'cancelled' }
  /** The account has a pending transaction that this page did not send. */
  | { kind: 'busy' }
  | { kind: 'failed'; text: string }

export interface StepState {
  phase: Phase
  /** The effect existed before this page sent anything. */
  skipped: boolean
  hash: string | null
  /** Blocks on top of the transaction's block. */
  confirmations: number
  /** Progress of a step that is not a transaction, from 0 to 1. */
  progress: number | null
  problem: Problem | null
}

export type StepEvent =
  | { type: 'asked' }
  | { type: 'sent'; hash: string }
  | { type: 'replaced'; hash: string }
  | { type: 'progressed'; share: number | null }
  /** It failed. */
  | { type: 'failed'; problem: Problem }
  | { type: 'mined' }
  /** `needed` blocks on top make it final; `have` is null if no block contains the transaction any more. */
  | { type: 'confirmed'; have: number | null; needed: number }
  /** A step that is not a transaction is complete. */
  | { type: 'finished' }
  /** Whether the chain shows the step's effect. */
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

/** A reorganisation can remove the transaction's block: the transaction is then pending again. */
function confirm(state: StepState, have: number | null, needed: number): StepState {
  if (state.phase !== 'mined' && !(state.phase === 'settled' && state.hash)) return state
  if (have === null) return { ...state, phase: 'sent', confirmations: 0 }
  return { ...state, phase: have >= needed ? 'settled' : 'mined', confirmations: have }
}

/** Running steps follow their transaction; the others follow the chain. */
function observe(state: StepState, there: boolean): StepState {
  if (there && state.phase === 'ready') return { ...INITIAL, phase: 'settled', skipped: true }
  if (!there && state.phase === 'settled' && state.skipped) return INITIAL
  return state
}

/** Whether the next step may begin: the effect is on the chain, although it may not be final. */
export function hasEffect(state: StepState): boolean {
  return state.phase === 'mined' || state.phase === 'settled'
}

/** The effect of a later step shows that the ones before it are done, even if their own effects are gone. */
export function inherit(seen: readonly boolean[]): boolean[] {
  const last = seen.lastIndexOf(true)
  return seen.map((_, index) => index <= last)
}
