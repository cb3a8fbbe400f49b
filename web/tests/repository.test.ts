/** What has to fit together in the repository. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import * as abis from '../src/chain/abi.ts'
import { deliveryHash } from '../src/flows/buy.ts'
import { listingHash } from '../src/flows/publish.ts'
import { preferred } from '../src/i18n/index.ts'

const WEB = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(WEB, path), 'utf8')
const messages = (language: string) => JSON.parse(read(`src/i18n/${language}.json`)) as object

function keys(of: object, prefix = ''): string[] {
  return Object.entries(of).flatMap(([key, value]) => (typeof value === 'object' ? keys(value as object, `${prefix}${key}.`) : [prefix + key]))
}

function sources(directory: string): string[] {
  return readdirSync(join(WEB, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue)$/.test(name))
    .map((name) => read(join(directory, name)))
}

test('every language says everything', () => {
  const english = keys(messages('en')).sort()
  for (const language of ['de', 'zh-Hans']) expect(keys(messages(language)).sort()).toEqual(english)
})

test('every language fills in the same figures, and has as many plural forms', () => {
  const text = (language: string, key: string) => key.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], messages(language)) as string
  const shape = (of: string) => [[...new Set(of.match(/\{\w+\}/g))].sort(), of.split(' | ').length]
  for (const key of keys(messages('en'))) {
    for (const language of ['de', 'zh-Hans']) expect(shape(text(language, key)), `${language} ${key}`).toEqual(shape(text('en', key)))
  }
})

test('every message that is asked for by name is there, and none is left over', () => {
  const known = keys(messages('en'))
  const text = sources('src').join('\n')
  const asked = [...text.matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => key)
  expect(asked.filter((key) => !known.includes(key ?? ''))).toEqual([])
  const families = [...text.matchAll(/\bt\(`([\w.]+\.)\$\{/g)].map(([, family]) => family ?? '')
  const unused = known.filter((key) => !text.includes(`'${key}'`) && !families.some((family) => key.startsWith(family)))
  expect(unused).toEqual([])
})

test('the functions called are those of the contracts', () => {
  for (const [constant, abi] of Object.entries(abis)) {
    const name = constant.replace(/Abi$/, '').replace(/^./, (first) => first.toUpperCase())
    const contract = JSON.parse(read(`../contracts-abi/${name}.json`)) as { abi: { name: string; type: string; stateMutability: string; inputs: { type: string }[]; outputs: { type: string }[] }[] }
    for (const called of abi) {
      const deployed = contract.abi.find((entry) => entry.type === 'function' && entry.name === called.name)
      const shape = (of: { stateMutability: string; inputs: readonly { type: string }[]; outputs: readonly { type: string }[] } | undefined) =>
        of && [of.stateMutability, of.inputs.map(({ type }) => type), of.outputs.map(({ type }) => type)]
      expect(shape(called), called.name).toEqual(shape(deployed))
    }
  }
})

test('the client is made from the description of the API', () => {
  execFileSync(process.execPath, [join(WEB, 'client/scripts/types.mjs'), '--check'], { stdio: 'pipe' })
}, 60_000)

test('hashes are made as other clients make them', () => {
  const buyer = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
  const listing = `0x${'00'.repeat(32)}`
  expect(deliveryHash(buyer.toLowerCase(), listing, 0)).toBe(deliveryHash(buyer, listing, 0))
  expect(deliveryHash(buyer, listing, 1)).not.toBe(deliveryHash(buyer, listing, 0))
  expect(listingHash(buyer, listing, 0)).not.toBe(listingHash(buyer, listing, 1))
})

test('the language is the first that is spoken here', () => {
  expect(preferred(['fr', 'de-AT', 'en'])).toBe('de')
  expect(preferred(['zh-TW'])).toBe('zh-Hans')
  expect(preferred(['fr'])).toBe('en')
})

test('no inline code and no inline style, which the policy of the pages forbids', () => {
  for (const text of [read('index.html'), ...sources('src')]) {
    expect(text).not.toMatch(/<[a-z][^>]*\sstyle="/)
    expect(text).not.toMatch(/v-html|<script>(?!$)/)
  }
})

test('the lock file names no host', () => {
  expect(read('package-lock.json')).not.toMatch(/"resolved": "http/)
})
