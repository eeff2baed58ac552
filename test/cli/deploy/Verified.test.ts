import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Verified from "@edgeol/cli/deploy/Verified"
import * as PolicyFile from "@edgeol/cli/verify/PolicyFile"
import type { Certificate } from "@edgeol/deploy/Certificate"
import * as ModuleGraph from "@edgeol/deploy/ModuleGraph"
import { Effect, Result } from "effect"
import { afterAll, expect, test } from "vitest"
import * as Releases from "../../deploy/releases.ts"

const folder = mkdtempSync(join(tmpdir(), "verified-"))
afterAll(() => rmSync(folder, { recursive: true }))

const policies = dirname(fileURLToPath(import.meta.resolve("../../deploy/policies/ideas.ts")))

/** A copy of the policies' folder. */
const copied = (name: string) => {
  cpSync(policies, join(folder, name), { recursive: true })
  symlinkSync(join(import.meta.dirname, "../../node_modules"), join(folder, name, "node_modules"))
  return join(folder, name, "ideas.ts")
}

/** A certificate of a policy as it is now. */
const certified = async (specification: string): Promise<Certificate> => {
  const { policy, entry } = await Effect.runPromise(PolicyFile.open(specification))
  const { sha256: modules, files } = await ModuleGraph.of(entry)
  const config = JSON.parse(JSON.stringify(policy.config)) as null
  return { ...Releases.certificate, policy: { specification, config, modules, files } }
}

const of = async (certificate: Certificate, asked?: string) =>
  Effect.runPromise(
    Effect.result(Verified.of(asked, certificate)).pipe(
      Effect.map(Result.match({ onFailure: ({ message }) => message, onSuccess: (verified) => verified }))
    )
  )

test("a policy of ours is known by its name, and by no other", async () => {
  const certificate = await certified("periodic:4")
  expect(await of(certificate)).toEqual({ specification: "periodic:4" })
  expect(await of(certificate, "periodic:5")).toBe(
    "The certificate is for the policy periodic:4, and not for periodic:5; verify that one, or bundle the other."
  )
})

test("a file is the same wherever it lies now, under the name that was verified", async () => {
  const [here, there] = [copied("here"), copied("there")]
  const certificate = await certified(`${here}#sorry`)
  const verified = await of(certificate)
  expect(verified).toMatchObject({ specification: `${here}#sorry` })
  expect(await of(certificate, `${there}#sorry`)).toEqual(verified)
  expect(await of(certificate, `${there}#default`)).toMatch(/^The certificate is for the policy .*#sorry, and not for /)
  expect(await of(certificate, "edgeol")).toMatch(/^The certificate is for the policy .*#sorry, and not for edgeol;/)
  rmSync(join(folder, "here"), { recursive: true })
  expect(await of(certificate)).toBe(
    `The certificate is for ${here}#sorry, which is not here; go to the folder it is in, or name the file with --policy.`
  )
})

test("a byte of it, or of what it imports, makes it another", async () => {
  const file = copied("changed")
  const certificate = await certified(file)
  writeFileSync(join(dirname(file), "patience.ts"), "export const patience = 3\n")
  expect(await of(certificate)).toBe(
    `The policy is not the one that was verified (patience.ts); run edgeol verify ${file} again.`
  )
})

test("a configuration that the same code makes anew is another", async () => {
  const certificate = await certified(copied("configured"))
  const other = { ...certificate, policy: { ...certificate.policy, config: { patience: 99 } } }
  expect(await of(other)).toMatch(
    /^The policy is not the one that was verified: its configuration is \{"patience":2\};/
  )
})
