// Can a stranger's client read and write what ours does? A client of docs/protocol.md and proto/liaison.cddl alone, in
// JavaScript.
//
//     node liaison_interop.mjs [open | make | checkpoint | signature | vectors] < requests > answers
//     node liaison_interop.mjs vectors FILE...
//
// One JSON object a line in, one a line out: the answer, or {"refused": reason, "detail": …}. Bytes are hexadecimal.
// Without a verb each request names its own. tests/interop/README.md says what stands in a request. It must never know a line of the Rust code.

import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

// The packages are not beside this file but where ../install puts them: nothing is left behind in the tree.
const installed = process.env.LIAISON_INTEROP ?? new URL('../../../target/interop', import.meta.url).pathname
const parentURL = JSON.stringify(pathToFileURL(`${installed}/node/package.json`))
const hook = `export const resolve = (name, context, next) =>
  next(name, /^(@|cborg)/.test(name) && !context.parentURL.includes('node_modules') ? { ...context, parentURL: ${parentURL} } : context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

const { makePost, openDelivery } = await import('./envelope.mjs')
const { check: checkpoint } = await import('./directory.mjs')
const { checkSignature: signature } = await import('./seals.mjs')
const { check: vectors } = await import('./vectors.mjs')
const { Refused } = await import('./form.mjs')

const VERBS = { open: openDelivery, make: makePost, checkpoint, signature, vectors }

async function answer(verb, text) {
  const request = JSON.parse(text)
  try {
    return await VERBS[verb ?? request.verb](request)
  } catch (error) {
    if (error instanceof Refused) return { refused: error.reason, detail: error.detail }
    throw error
  }
}

/** JSON as others read it: a whole number beyond 2^53 is text. */
const print = (found) => console.log(JSON.stringify(found, (_, one) => (typeof one === 'bigint' ? String(one) : one)))

const [verb, ...files] = process.argv.slice(2)
if (verb !== undefined && !(verb in VERBS)) {
  console.error('open, make, checkpoint, signature or vectors')
  process.exit(2)
}
const requests = files.length ? files.map((file) => readFileSync(file, 'utf8')) : createInterface({ input: process.stdin })
for await (const request of requests) print(await answer(verb, request))
