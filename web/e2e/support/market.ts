/** A separate market: `capi dev` on free ports, in a temporary directory. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const ROOT = resolve(import.meta.dirname, '../../..')
const START_TIMEOUT_MS = 120_000

export interface DevAccount {
  name: string
  address: string
  key: string
}

interface Said {
  api: string
  node: string
  contracts: Record<string, string>
  accounts: DevAccount[]
}

export class DevMarket {
  private constructor(
    readonly said: Said,
    private readonly process: ChildProcess,
    private readonly directory: string,
  ) {}

  static async up(): Promise<DevMarket> {
    const directory = mkdtempSync(join(tmpdir(), 'capi-e2e-'))
    const started = spawn(program(), ['dev', '--port', '0', '--node-port', '0', '--data-dir', directory, '--json'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let errors = ''
    started.stderr.on('data', (text: Buffer) => (errors += text.toString()))
    const said = await new Promise<Said>((found, failed) => {
      let text = ''
      const timer = setTimeout(() => failed(new Error(`the market did not come up: ${errors}`)), START_TIMEOUT_MS)
      started.once('exit', () => failed(new Error(`the market ended: ${errors}`)))
      started.stdout.on('data', (piece: Buffer) => {
        text += piece.toString()
        if (!text.includes('\n')) return
        clearTimeout(timer)
        found(JSON.parse(text.slice(0, text.indexOf('\n'))) as Said)
      })
    })
    return new DevMarket(said, started, directory)
  }

  get origin(): string {
    return this.said.api
  }

  account(name: string): DevAccount {
    const found = this.said.accounts.find((account) => account.name === name)
    if (!found) throw new Error(`there is no account ${name}`)
    return found
  }

  /** Runs a command of the program on this market. */
  async capi(...args: string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(program(), [...args, '--json'], {
      cwd: this.directory,
      env: { ...process.env, CAPI_DEV_DIR: this.directory },
    })
    return stdout.trim() ? JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null') : null
  }

  passTime(seconds: number): Promise<unknown> {
    return this.capi('dev', 'pass-time', String(seconds))
  }

  async rpc<T>(method: string, params: unknown[] = []): Promise<T> {
    const answer = await fetch(this.said.node, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const { result, error } = (await answer.json()) as { result?: T; error?: { code: number; message: string; data?: unknown } }
    if (error) throw Object.assign(new Error(error.message), { code: error.code, data: error.data })
    return result as T
  }

  async down(): Promise<void> {
    const ended = new Promise((done) => this.process.once('exit', done))
    this.process.kill('SIGTERM')
    await ended
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** The program under test. */
function program(): string {
  const named = process.env.CAPI_PROGRAM ?? join(ROOT, 'target/debug/capi')
  if (!existsSync(named)) throw new Error(`there is no program ${named}: build it, or name it in CAPI_PROGRAM`)
  return named
}
