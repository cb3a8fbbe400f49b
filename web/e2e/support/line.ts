/** A connection to the server that breaks when a test wants it to. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export class Line {
  private wanted: { request: string; afterBytes: number } | null = null
  private end: () => void = () => undefined

  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
  ) {}

  static async to(origin: string): Promise<Line> {
    const sockets = new Set<Socket>()
    const server = createServer((client) => line.pass(client, new URL(origin)))
    const line = new Line(server, sockets)
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    return line
  }

  get origin(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`
  }

  /** The next response to a matching request stops after this many bytes, until the connection breaks. */
  stopNext(request: string, afterBytes: number): void {
    this.wanted = { request, afterBytes }
  }

  /** Breaks the stopped connections. */
  break(): void {
    this.end()
  }

  down(): void {
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
  }

  private pass(client: Socket, { hostname, port }: URL): void {
    const server = connect(Number(port), hostname)
    let left: number | null = null
    const end = () => {
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      this.sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    client.on('data', (piece: Buffer) => {
      if (this.wanted && piece.toString('latin1').startsWith(this.wanted.request)) {
        left = this.wanted.afterBytes
        this.wanted = null
        this.end = end
      }
      server.write(piece)
    })
    server.on('data', (piece: Buffer) => {
      if (left === null) return client.write(piece)
      client.write(piece.subarray(0, left))
      left = Math.max(0, left - piece.length)
    })
  }
}
