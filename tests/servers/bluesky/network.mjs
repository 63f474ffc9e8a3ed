// Bluesky's network on loopback: PLC, PDS and AppView, until stdin ends.
// Writes the PDS's URL into the file that its argument names, once all is there.
import net from 'node:net'
import { renameSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number'
    ? listen.call(this, { port, host: '127.0.0.1' }, ...rest)
    : listen.call(this, port, ...rest)
}

const modules = pathToFileURL(`${process.cwd()}/node_modules/`)
const { TestNetwork } = await import(new URL('@atproto/dev-env/dist/index.js', modules).href)
const network = await TestNetwork.create()
const [ready] = process.argv.slice(2)
writeFileSync(`${ready}.new`, network.pds.url)
renameSync(`${ready}.new`, ready)
process.stdin.on('end', () => process.exit(0)).resume()
