import { describe, expect, test } from 'vitest'
import { isRejection, isUnknownChain, reason } from '../src/chain/refusal.ts'
import { advance, hasEffect, inherit, INITIAL, type StepEvent, type StepState } from '../src/flow/step.ts'

const after = (...events: StepEvent[]): StepState => events.reduce(advance, INITIAL)
const SENT: StepEvent[] = [{ type: 'asked' }, { type: 'sent', hash: '0x1' }]

describe('a step', () => {
  test('goes from the wallet through a block to final', () => {
    expect(after(...SENT)).toMatchObject({ phase: 'sent', hash: '0x1' })
    expect(after(...SENT, { type: 'mined' })).toMatchObject({ phase: 'mined' })
    expect(after(...SENT, { type: 'mined' }, { type: 'confirmed', have: 1, needed: 2 })).toMatchObject({ phase: 'mined', confirmations: 1 })
    expect(after(...SENT, { type: 'mined' }, { type: 'confirmed', have: 2, needed: 2 })).toMatchObject({ phase: 'settled', confirmations: 2 })
  })

  test('is back at ready when its owner declines, and forgets that when asked again', () => {
    const declined = after({ type: 'asked' }, { type: 'failed', problem: { kind: 'rejected' } })
    expect(declined).toMatchObject({ phase: 'ready', problem: { kind: 'rejected' }, hash: null })
    expect(advance(declined, { type: 'asked' })).toMatchObject({ phase: 'wallet', problem: null })
  })

  test('follows a replaced transaction', () => {
    expect(after(...SENT, { type: 'replaced', hash: '0x2' }, { type: 'mined' })).toMatchObject({ phase: 'mined', hash: '0x2' })
  })

  test('is on its way again when its block is abandoned', () => {
    const settled = after(...SENT, { type: 'mined' }, { type: 'confirmed', have: 3, needed: 3 })
    expect(advance(settled, { type: 'confirmed', have: null, needed: 3 })).toMatchObject({ phase: 'sent', confirmations: 0 })
  })

  test('is skipped when the chain shows its effect, and ready again when it is gone', () => {
    const skipped = after({ type: 'observed', there: true })
    expect(skipped).toMatchObject({ phase: 'settled', skipped: true })
    expect(advance(skipped, { type: 'observed', there: false })).toEqual(INITIAL)
  })

  test('that was sent from here is not undone by what is observed', () => {
    const mined = after(...SENT, { type: 'mined' })
    expect(advance(mined, { type: 'observed', there: false })).toEqual(mined)
    expect(after(...SENT, { type: 'observed', there: true })).toMatchObject({ phase: 'sent' })
  })

  test('takes no event out of its turn', () => {
    for (const event of [{ type: 'sent', hash: '0x1' }, { type: 'mined' }, { type: 'finished' }, { type: 'confirmed', have: 9, needed: 1 }] as StepEvent[]) {
      expect(advance(INITIAL, event)).toEqual(INITIAL)
    }
    expect(after(...SENT, { type: 'asked' })).toMatchObject({ phase: 'sent' })
  })

  test('lets the next begin when its effect is on chain', () => {
    expect([INITIAL, after(...SENT), after(...SENT, { type: 'mined' })].map(hasEffect)).toEqual([false, false, true])
  })
})

test('a later effect tells that the earlier steps are done', () => {
  expect(inherit([false, false, true, false])).toEqual([true, true, true, false])
  expect(inherit([false, false])).toEqual([false, false])
})

test('refusals of wallets are found however deep they are wrapped', () => {
  expect(isRejection({ cause: { cause: { code: 4001 } } })).toBe(true)
  expect(isUnknownChain({ code: -32603, data: { originalError: { code: 4902 } } })).toBe(true)
  expect(isRejection(new Error('4001'))).toBe(false)
  expect(reason({ shortMessage: 'It reverted.\nmore', message: 'x' })).toBe('It reverted.')
  expect(reason('text')).toBe('text')
})
