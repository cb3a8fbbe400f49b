// Writes src/chain/abi.ts: the contract functions that the console calls.
import { readFile, writeFile } from 'node:fs/promises'

const USED = {
  EtherToken: ['allowance', 'approve', 'balanceOf', 'deposit', 'withdraw'],
  MarketToken: ['allowance', 'approve', 'balanceOf'],
  Voting: ['getCandidate', 'getStake', 'isCandidate', 'unstake', 'vote'],
  Parameterizer: ['getCostPerByte', 'getHash', 'getStake', 'reparameterize', 'resolveReparam'],
  Reserve: ['getSupportPrice', 'support', 'withdraw'],
  Datatrust: ['getDataHash', 'getDelivery', 'register', 'requestDelivery', 'resolveRegistration', 'setBackendUrl'],
  Listing: [
    'challenge', 'claimAccessReward', 'exit', 'isListed', 'list', 'resolveApplication', 'resolveChallenge', 'withdrawFromListing',
  ],
}

const contracts = new URL('../../contracts-abi/', import.meta.url)
let text = '// Made from contracts-abi/ by `node scripts/abi.mjs`.\n'
for (const [contract, names] of Object.entries(USED)) {
  const { abi } = JSON.parse(await readFile(new URL(`${contract}.json`, contracts), 'utf8'))
  const entries = names.map((name) => {
    const found = abi.find((entry) => entry.type === 'function' && entry.name === name)
    if (!found) throw new Error(`${contract} has no function ${name}`)
    const parameters = (list) => list.map(({ name: called, type }) => ({ name: called, type }))
    const { stateMutability, inputs, outputs } = found
    return { type: 'function', name, stateMutability, inputs: parameters(inputs), outputs: parameters(outputs) }
  })
  const constant = contract[0].toLowerCase() + contract.slice(1)
  text += `\nexport const ${constant}Abi = [\n${entries.map((entry) => `  ${JSON.stringify(entry)},\n`).join('')}] as const\n`
}
await writeFile(new URL('../src/chain/abi.ts', import.meta.url), text)
