// Made from contracts-abi/ by `node scripts/abi.mjs`.

export const etherTokenAbi = [
  {"type":"function","name":"allowance","stateMutability":"view","inputs":[{"name":"owner","type":"address"},{"name":"spender","type":"address"}],"outputs":[{"name":"","type":"uint256"}]},
  {"type":"function","name":"approve","stateMutability":"nonpayable","inputs":[{"name":"spender","type":"address"},{"name":"amount","type":"uint256"}],"outputs":[{"name":"","type":"bool"}]},
  {"type":"function","name":"balanceOf","stateMutability":"view","inputs":[{"name":"owner","type":"address"}],"outputs":[{"name":"","type":"uint256"}]},
  {"type":"function","name":"deposit","stateMutability":"payable","inputs":[],"outputs":[]},
  {"type":"function","name":"withdraw","stateMutability":"nonpayable","inputs":[{"name":"amount","type":"uint256"}],"outputs":[]},
] as const

export const marketTokenAbi = [
  {"type":"function","name":"allowance","stateMutability":"view","inputs":[{"name":"owner","type":"address"},{"name":"spender","type":"address"}],"outputs":[{"name":"","type":"uint256"}]},
  {"type":"function","name":"approve","stateMutability":"nonpayable","inputs":[{"name":"spender","type":"address"},{"name":"amount","type":"uint256"}],"outputs":[{"name":"","type":"bool"}]},
  {"type":"function","name":"balanceOf","stateMutability":"view","inputs":[{"name":"owner","type":"address"}],"outputs":[{"name":"","type":"uint256"}]},
] as const

export const votingAbi = [
  {"type":"function","name":"getCandidate","stateMutability":"view","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[{"name":"kind","type":"uint256"},{"name":"owner","type":"address"},{"name":"stake","type":"uint256"},{"name":"vote_by","type":"uint256"},{"name":"yea","type":"uint256"},{"name":"nay","type":"uint256"}]},
  {"type":"function","name":"getStake","stateMutability":"view","inputs":[{"name":"hash","type":"bytes32"},{"name":"addr","type":"address"}],"outputs":[{"name":"","type":"uint256"}]},
  {"type":"function","name":"isCandidate","stateMutability":"view","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[{"name":"","type":"bool"}]},
  {"type":"function","name":"unstake","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
  {"type":"function","name":"vote","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"},{"name":"option","type":"uint256"}],"outputs":[]},
] as const

export const parameterizerAbi = [
  {"type":"function","name":"getCostPerByte","stateMutability":"view","inputs":[],"outputs":[{"name":"","type":"uint256"}]},
  {"type":"function","name":"getHash","stateMutability":"pure","inputs":[{"name":"param","type":"uint256"},{"name":"value","type":"uint256"}],"outputs":[{"name":"","type":"bytes32"}]},
  {"type":"function","name":"getStake","stateMutability":"view","inputs":[],"outputs":[{"name":"","type":"uint256"}]},
  {"type":"function","name":"reparameterize","stateMutability":"nonpayable","inputs":[{"name":"param","type":"uint256"},{"name":"value","type":"uint256"}],"outputs":[]},
  {"type":"function","name":"resolveReparam","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
] as const

export const reserveAbi = [
  {"type":"function","name":"getSupportPrice","stateMutability":"view","inputs":[],"outputs":[{"name":"","type":"uint256"}]},
  {"type":"function","name":"support","stateMutability":"nonpayable","inputs":[{"name":"offer","type":"uint256"}],"outputs":[]},
  {"type":"function","name":"withdraw","stateMutability":"nonpayable","inputs":[],"outputs":[]},
] as const

export const datatrustAbi = [
  {"type":"function","name":"getDataHash","stateMutability":"view","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[{"name":"","type":"bytes32"}]},
  {"type":"function","name":"getDelivery","stateMutability":"view","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[{"name":"owner","type":"address"},{"name":"bytes_requested","type":"uint256"},{"name":"bytes_delivered","type":"uint256"}]},
  {"type":"function","name":"register","stateMutability":"nonpayable","inputs":[{"name":"url","type":"string"}],"outputs":[]},
  {"type":"function","name":"requestDelivery","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"},{"name":"amount","type":"uint256"}],"outputs":[]},
  {"type":"function","name":"resolveRegistration","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
  {"type":"function","name":"setBackendUrl","stateMutability":"nonpayable","inputs":[{"name":"url","type":"string"}],"outputs":[]},
] as const

export const listingAbi = [
  {"type":"function","name":"challenge","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
  {"type":"function","name":"claimAccessReward","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
  {"type":"function","name":"exit","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
  {"type":"function","name":"isListed","stateMutability":"view","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[{"name":"","type":"bool"}]},
  {"type":"function","name":"list","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
  {"type":"function","name":"resolveApplication","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
  {"type":"function","name":"resolveChallenge","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"}],"outputs":[]},
  {"type":"function","name":"withdrawFromListing","stateMutability":"nonpayable","inputs":[{"name":"hash","type":"bytes32"},{"name":"amount","type":"uint256"}],"outputs":[]},
] as const
