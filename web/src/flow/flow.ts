/** Runs the steps of a chain action, and keeps them in sync with the chain. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Call, Hash, MarketChain } from '../chain/client.ts'
import { isRejection, reason } from '../chain/refusal.ts'
import { changes } from '../lib/events.ts'
import { advance, hasEffect, inherit, INITIAL, type Problem, type StepEvent, type StepState } from './step.ts'

export interface Step {
  id: string
  title: string
  /** Whether the chain shows its effect. Without this, only a transaction sent from here counts. */
  isDone?: () => Promise<boolean>
  /** The transaction to send. */
  call?: () => Call | Promise<Call>
  /** Receives the transaction's hash once it is mined. */
  mined?: (hash: Hash) => Promise<void>
  /** What to do instead of a transaction. */
  act?: (report: (share: number | null) => void) => Promise<void>
}

export interface Flow {
  states: ShallowRef<StepState[]>
  /** The index of the next or running step; the number of steps once all have their effect. */
  current: ComputedRef<number>
  running: Ref<boolean>
  /** Whether the state of the steps has been read from the chain. */
  observed: Ref<boolean>
  finished: ComputedRef<boolean>
  run: (evenIfBusy?: boolean) => Promise<void>
  observe: () => Promise<void>
}

const CONFIRM_POLL_MS = 1500

/** The steps restart when `key` changes: another account, another amount. */
export function useFlow(
  chain: Ref<MarketChain | null>,
  steps: Ref<Step[]>,
  key: Ref<string>,
  settled: () => void = () => undefined,
): Flow {
  const states = shallowRef<StepState[]>([])
  const running = ref(false)
  const observed = ref(false)
  /** The run that responses belong to; responses of earlier runs are dropped. */
  let life = 0

  const current = computed(() => {
    const next = states.value.findIndex((state) => !hasEffect(state))
    return next < 0 ? states.value.length : next
  })
  const finished = computed(() => states.value.length > 0 && states.value.every((state) => state.phase === 'settled'))

  function apply(mine: number, index: number, event: StepEvent): void {
    if (mine !== life) return
    states.value = states.value.map((state, at) => (at === index ? advance(state, event) : state))
  }

  async function observe(): Promise<void> {
    const mine = life
    if (!chain.value) return
    const seen = await Promise.all(steps.value.map((step) => step.isDone?.().catch(() => false) ?? false))
    if (mine !== life) return
    inherit(seen).forEach((there, index) => apply(mine, index, { type: 'observed', there }))
    observed.value = true
  }

  async function run(evenIfBusy = false): Promise<void> {
    if (running.value) return
    running.value = true
    const mine = life
    try {
      await observe()
      while (mine === life && current.value < steps.value.length) {
        const index = current.value
        if (!(await carryOut(mine, index, evenIfBusy))) break
        await observe()
      }
    } finally {
      if (mine === life) running.value = false
    }
  }

  /** True once the step has its effect. */
  async function carryOut(mine: number, index: number, evenIfBusy: boolean): Promise<boolean> {
    const step = steps.value[index]
    if (!step) return false
    apply(mine, index, { type: 'asked' })
    try {
      if (step.act) await step.act((share) => apply(mine, index, { type: 'progressed', share }))
      else if (!(await transact(mine, index, step, evenIfBusy))) return false
    } catch (error) {
      const problem: Problem = isRejection(error) ? { kind: 'rejected' } : { kind: 'failed', text: reason(error) }
      apply(mine, index, { type: 'failed', problem })
      return false
    }
    if (step.act) apply(mine, index, { type: 'finished' })
    return mine === life
  }

  async function transact(mine: number, index: number, step: Step, evenIfBusy: boolean): Promise<boolean> {
    const at = chain.value
    if (!at || !step.call) return false
    const fail = (problem: Problem) => {
      apply(mine, index, { type: 'failed', problem })
      return false
    }
    if (!evenIfBusy && (await at.hasPending())) return fail({ kind: 'busy' })
    const call = await step.call()
    try {
      await at.simulate(call)
    } catch (error) {
      return fail({ kind: 'refused', text: reason(error) })
    }
    let hash: Hash = await at.send(call)
    let cancelled = false
    apply(mine, index, { type: 'sent', hash })
    const receipt = await at.mined(hash, (by, isOther) => {
      hash = by
      cancelled = isOther
      apply(mine, index, { type: 'replaced', hash })
    })
    if (cancelled) return fail({ kind: 'cancelled' })
    if (receipt.status !== 'success') return fail({ kind: 'reverted' })
    await step.mined?.(receipt.transactionHash)
    apply(mine, index, { type: 'mined' })
    await confirm(mine, at)
    return true
  }

  /** Counts the confirmations of unsettled transactions, and checks that settled ones are still in the chain. */
  async function confirm(mine: number, at: MarketChain): Promise<void> {
    const needed = Number(at.market.server.confirmations)
    for (const [index, state] of states.value.entries()) {
      if (!state.hash || !hasEffect(state)) continue
      const have = await at.confirmations(state.hash as Hash)
      apply(mine, index, { type: 'confirmed', have, needed })
    }
  }

  watch(
    [key, chain],
    () => {
      life += 1
      running.value = false
      observed.value = false
      states.value = steps.value.map(() => INITIAL)
      void observe()
    },
    { immediate: true },
  )
  watch(finished, (is) => is && settled())

  const look = () => void (document.visibilityState === 'visible' && !running.value && observe())
  const timer = setInterval(() => {
    const open = states.value.some((state) => state.phase === 'mined')
    if (open && chain.value) void confirm(life, chain.value)
  }, CONFIRM_POLL_MS)
  const stopListening = changes.listen(look)
  document.addEventListener('visibilitychange', look)
  onScopeDispose(() => {
    life += 1
    clearInterval(timer)
    stopListening()
    document.removeEventListener('visibilitychange', look)
  })
  return { states, current, running, observed, finished, run, observe }
}
