import type { Market } from 'capi-client'
import { describe, expect, test } from 'vitest'
import { parseCsv, toCsv } from '../src/lib/csv.ts'
import { escapeHtml, canShow, previewDocument } from '../src/lib/preview.ts'
import { isHidden, PREVIEW_KINDS, readChoice, toChoice } from '../src/lib/preview-choice.ts'
import { tableRows } from '../src/lib/plot.ts'
import { checkProposal, toValue } from '../src/lib/proposal.ts'
import { choices, feedPath, FIELDS, parseBytes, serverQuery, SORTS, type Fields } from '../src/lib/search.ts'

const NOTHING = Object.fromEntries(FIELDS.map((field) => [field, ''])) as Fields

describe('the choice of a preview', () => {
  test('is written as the server reads it, and read again', () => {
    expect(PREVIEW_KINDS.map((kind) => toChoice(kind, 20))).toEqual(['', 'rows:20', 'bytes:20', 'none'])
    expect(readChoice('rows:20')).toEqual({ kind: 'rows', count: 20 })
    expect(readChoice('bytes:100')).toEqual({ kind: 'bytes', count: 100 })
    expect(readChoice('none')).toEqual({ kind: 'none', count: 0 })
  })

  test('is unknown without one, and if a newer server has another', () => {
    for (const choice of [undefined, null, '', 'columns:3', 'rows:', 'rows:1.5']) expect(readChoice(choice)).toBeNull()
  })

  test('hides the file from everybody but its owner', () => {
    const [owner, voter] = ['0xAB00000000000000000000000000000000000000', '0xcd00000000000000000000000000000000000000']
    for (const account of [null, voter]) expect(isHidden('none', owner, account)).toBe(true)
    expect(isHidden('none', owner, owner.toLowerCase())).toBe(false)
    for (const choice of [null, undefined, 'rows:20', 'bytes:1']) expect(isHidden(choice, owner, voter)).toBe(false)
  })
})

describe('browsing', () => {
  test('leaves filters and orders to the server', () => {
    const fields = { ...NOTHING, q: 'rain', type: 'image/png', license: 'MIT', 'min-size': '1.5 kB', 'max-size': '18446744073709551615' }
    expect(serverQuery(fields, 'largest')).toEqual({
      sort: '-size', q: 'rain', type: 'image/png', license: 'MIT', 'min-size': 1500n, 'max-size': 18446744073709551615n,
    })
    expect(serverQuery({ ...NOTHING, 'min-size': 'big' }, 'newest')).toEqual({ sort: 'newest' })
    expect(SORTS.map((sort) => serverQuery(NOTHING, sort).sort)).toEqual(['newest', 'chain', 'relevance', 'title', 'size', '-size', '-supply'])
  })

  test('offers a feed of what it finds', () => {
    expect(feedPath(serverQuery(NOTHING, 'title'))).toBe('/feed.atom')
    expect(feedPath(serverQuery({ ...NOTHING, tag: 'a&b', 'max-size': '2 kB' }, 'title'))).toBe('/feed.atom?tag=a%26b&max-size=2000')
  })

  test('keeps the chosen value among the choices', () => {
    const counted = [{ value: 'MIT', count: 2n }]
    expect(choices(counted, '')).toEqual(counted)
    expect(choices(counted, 'MIT')).toEqual(counted)
    expect(choices(counted, 'CC0-1.0')).toEqual([{ value: 'CC0-1.0', count: null }, ...counted])
  })

  test('reads sizes as people write them', () => {
    expect(['10 MB', '1,5 kB', '200', '2 GiB', '7b'].map(parseBytes)).toEqual([10_000_000n, 1500n, 200n, 2_000_000_000n, 7n])
    expect(['', 'big', '-1', '1 parsec'].map(parseBytes)).toEqual([null, null, null, null])
  })
})

describe('CSV', () => {
  test('is quoted where it must be, and makes no formulas', () => {
    expect(toCsv(['a', 'b'], [['=1+1', 'say "hi", you'], [null, 12345678901234567890n]])).toBe(
      'a,b\r\n\'=1+1,"say ""hi"", you"\r\n,12345678901234567890\r\n',
    )
  })

  test('is read with quotes, and cut where it ends', () => {
    expect(parseCsv('a,"b ""x"", y"\r\n1,2\n3')).toEqual([['a', 'b "x", y'], ['1', '2'], ['3']])
  })
})

describe('previews', () => {
  test('show plain text, tables and pictures only', () => {
    expect(['text/plain; charset=utf-8', 'TEXT/CSV', 'image/png'].every(canShow)).toBe(true)
    expect(['text/html', 'image/svg+xml', 'application/pdf', '', null].some(canShow)).toBe(false)
  })

  test('never let a file speak HTML', async () => {
    expect(escapeHtml('<script>"&')).toBe('&lt;script&gt;&quot;&amp;')
    const document = await previewDocument(new Blob(['<img src=x onerror=alert(1)>,2']), 'text/csv')
    expect(document).toContain('&lt;img')
    expect(document).not.toContain('<img')
  })
})

describe('proposals', () => {
  const market = { supply: 300n, parameters: { spread: 110n, stake: 5n, plurality: 50n, vote_by: 86_400n, maker_payment: 25n, backend_payment: 25n } } as Market

  test('are refused before they can never be resolved', () => {
    expect(checkProposal('spread', 99n, market)).toBe('spread')
    expect(checkProposal('stake', 101n, market)).toBe('stake')
    expect(checkProposal('stake', 100n, market)).toBeNull()
    expect(checkProposal('vote_by', 100n, market)).toBe('voteBy')
    expect(checkProposal('plurality', 101n, market)).toBe('plurality')
    expect(checkProposal('maker_payment', 76n, market)).toBe('payments')
    expect(checkProposal('plurality', 50n, market)).toBe('same')
  })

  test('are typed in the unit of the parameter', () => {
    expect(toValue('CMT', '0.5')).toBe(5n * 10n ** 17n)
    expect(toValue('percent', '0.5')).toBeNull()
    expect(toValue('seconds', '86400')).toBe(86_400n)
  })
})

test('the table of a chart has the newest times first', () => {
  const plot = { xName: 't', x: [1, 2], isTime: true, formatX: String, formatY: String, series: [{ name: 's', values: [5, null] }] }
  expect(tableRows(plot)).toEqual([['2', ''], ['1', '5']])
  expect(tableRows({ ...plot, isTime: false })).toEqual([['1', '5'], ['2', '']])
})
