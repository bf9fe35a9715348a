// The hosts' own readers: `node hosts.mjs KIND FILE URL...` prints, as JSON, the headers that each address gets.
// KIND is netlify, vercel, cloudfront or firebase, whose server is run on loopback and asked over HTTP.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runInNewContext } from 'node:vm'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

const [kind, file, ...paths] = process.argv.slice(2)
const require = createRequire(pathToFileURL(process.cwd() + '/'))

const readers = {
  async netlify() {
    const { parseAllHeaders } = await import(pathToFileURL(process.cwd() + '/node_modules/@netlify/headers-parser/lib/index.js'))
    return parseAllHeaders({ headersFiles: [file], minimal: true, configHeaders: [] })
  },
  vercel() {
    const { getTransformedRoutes } = require('@vercel/routing-utils')
    const { routes, error } = getTransformedRoutes(JSON.parse(readFileSync(file, 'utf8')))
    if (error) return { error: error.message }
    // As Vercel applies them: every rule that matches, a later value in place of an earlier one.
    return paths.map((path) =>
      Object.assign({}, ...routes.filter((r) => r.headers && new RegExp(r.src).test(path)).map((r) => r.headers))
    )
  },
  async firebase() {
    const config = JSON.parse(readFileSync(file, 'utf8')).hosting
    const place = { port: 0, hostname: '127.0.0.1', cwd: dirname(file) }
    const app = require('superstatic/lib/server')({ ...place, config: { ...config, public: 'public' } })
    const server = await new Promise((resolve) => {
      const started = app.listen(() => resolve(started))
    })
    const answers = []
    for (const path of paths) {
      const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`)
      answers.push({ status: answer.status, ...Object.fromEntries(answer.headers) })
    }
    server.closeAllConnections()
    server.close()
    return answers
  },
  cloudfront() {
    const handler = runInNewContext(readFileSync(file, 'utf8') + ';handler')
    return paths.map((uri) => {
      const given = {
        'x-robots-tag': { value: 'noindex', multiValue: [{ value: 'noindex' }, { value: 'googlebot: nosnippet' }] },
        'tdm-reservation': { value: '0' },
      }
      const { headers } = handler({ request: { uri }, response: { statusCode: 200, headers: given } })
      return Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]))
    })
  },
}
console.log(JSON.stringify(await readers[kind]()))
