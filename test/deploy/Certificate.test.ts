import * as Certificate from "@edgeol/deploy/Certificate"
import * as Keys from "@edgeol/deploy/Keys"
import * as Signature from "@edgeol/deploy/Signature"
import * as Envelope from "@edgeol/core/guards/Envelope"
import { Result } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

const pair = Keys.make()
const ours = Result.getOrThrow(Keys.privateKey(pair.privateKey, "ours"))
const trusted = [Result.getOrThrow(Keys.publicKey(pair.publicKey, "ours"))]
const stranger = Result.getOrThrow(Keys.privateKey(Keys.make().privateKey, "stranger"))

const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/)
const named = fc.record({ name: fc.string(), sha256 })
const bound = fc.option(
  fc.integer({ min: 0, max: 9000 }).map((n) => n / 100),
  { nil: undefined }
)

const anyEnvelope = fc
  .tuple(...Envelope.names.map(() => bound))
  .map((bounds): Envelope.Envelope =>
    Object.fromEntries(Envelope.names.flatMap((name, i) => (bounds[i] === undefined ? [] : [[name, bounds[i]]])))
  )

const anyCertificate: fc.Arbitrary<Certificate.Certificate> = fc.record({
  format: fc.constant(Certificate.format),
  version: fc.integer({ min: 1, max: 99 }),
  policy: fc.record({
    specification: fc.string(),
    config: fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<never>,
    modules: sha256,
    files: fc.array(fc.record({ path: fc.string(), sha256 }), { maxLength: 3 })
  }),
  profile: named,
  scenarios: fc.array(named, { maxLength: 3 }),
  envelope: anyEnvelope,
  tested: fc.record({
    cases: fc.integer({ min: 1, max: 999 }),
    seeds: fc.array(fc.nat(), { maxLength: 3 }),
    versions: fc.constant({ node: "24.21.0" }),
    worst: fc.constant(Envelope.nothing)
  }),
  issued: fc.constant("2026-11-22T19:00:00.000Z")
})

const reason = (opened: Result.Result<unknown, Certificate.CertificateError>) =>
  Result.isFailure(opened) ? opened.failure.reason : "obeyed"

test("a certificate that was signed opens as it was", () => {
  fc.assert(
    fc.property(anyCertificate, (certificate) => {
      const plain = JSON.parse(JSON.stringify(certificate)) as Certificate.Certificate
      const text = Certificate.sign(plain, ours)
      expect(Result.getOrThrow(Certificate.open(text, trusted))).toEqual(plain)
      expect(Certificate.sign(plain, ours)).toBe(text)
    })
  )
})

test("each single byte, changed in each of its bits, removed or doubled, is refused", () => {
  const [certificate] = fc.sample(anyCertificate, { numRuns: 1, seed: 3 })
  const text = Buffer.from(Certificate.sign(JSON.parse(JSON.stringify(certificate!)), ours))
  const read = (bytes: Buffer) => reason(Certificate.open(bytes.toString("utf8"), trusted))
  expect(read(text)).toBe("obeyed")
  for (let place = 0; place < text.length; place++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Buffer.from(text)
      flipped[place]! ^= 1 << bit
      if (read(flipped) === "obeyed") throw new Error(`Bit ${bit} of byte ${place} may be flipped.`)
    }
    const [before, after] = [text.subarray(0, place), text.subarray(place + 1)]
    const shorter = read(Buffer.concat([before, after]))
    const longer = read(Buffer.concat([before, text.subarray(place, place + 1), text.subarray(place)]))
    if (shorter === "obeyed" || longer === "obeyed") throw new Error(`Byte ${place} may be removed or doubled.`)
  }
})

test("any bytes of any certificate, replaced at random, are refused", () => {
  fc.assert(
    fc.property(anyCertificate, fc.nat(), fc.nat(255), (certificate, where, what) => {
      const text = Buffer.from(Certificate.sign(JSON.parse(JSON.stringify(certificate)), ours))
      const place = where % text.length
      if (text[place] === what) return
      text[place] = what
      expect(reason(Certificate.open(text.toString("utf8"), trusted))).not.toBe("obeyed")
    }),
    { numRuns: 2000 }
  )
})

test("the key of a stranger, another document and text beside the point are refused, each in a sentence", () => {
  const certificate = JSON.parse(JSON.stringify(fc.sample(anyCertificate, { numRuns: 1, seed: 1 })[0]!))
  const opened = (text: string) => Certificate.open(text, trusted)
  expect(reason(opened(Certificate.sign(certificate, stranger)))).toBe("UnknownKey")
  expect(reason(opened(Signature.seal("edgeol-bundle@1", certificate, ours)))).toBe("Damaged")
  expect(reason(opened(Signature.seal(Certificate.format, { ...certificate, version: 0 }, ours)))).toBe("Unknown")
  expect(reason(opened(Signature.seal(Certificate.format, { ...certificate, more: 1 }, ours)))).toBe("Unknown")
  for (const text of ["", "{}", "null", "[", " ".repeat(99)]) expect(reason(opened(text))).toBe("Damaged")
})

test("only an Ed25519 key is one, and a private key is not a public one", () => {
  const message = (key: Result.Result<unknown, Keys.KeyError>) =>
    Result.isFailure(key) ? key.failure.message : "a key"
  expect(message(Keys.privateKey(pair.publicKey, "key.pem"))).toBe(
    "key.pem holds no private Ed25519 key; make a pair with edgeol keys."
  )
  expect(message(Keys.publicKey("hello", "key.pem"))).toBe(
    "key.pem holds no Ed25519 key; make a pair with edgeol keys."
  )
  expect(Keys.publicText(ours)).toBe(pair.publicKey)
  expect(Keys.id(ours)).toBe(Keys.id(trusted[0]!))
  expect(Keys.id(ours)).toMatch(/^[0-9a-f]{16}$/)
})

test("a detached signature holds for its text, its format and its key alone", () => {
  const line = Signature.detached("edgeol-release@1", "hello\n", ours)
  const check = (format: string, text: string, of: string) =>
    Result.isSuccess(Signature.check(format, text, of, trusted))
  expect(check("edgeol-release@1", "hello\n", line)).toBe(true)
  expect(check("edgeol-release@2", "hello\n", line)).toBe(false)
  expect(check("edgeol-release@1", "hello", line)).toBe(false)
  expect(check("edgeol-release@1", "hello\n", Signature.detached("edgeol-release@1", "hello\n", stranger))).toBe(false)
  for (let place = 0; place < line.length; place++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Buffer.from(line)
      flipped[place]! ^= 1 << bit
      if (check("edgeol-release@1", "hello\n", flipped.toString("utf8"))) throw new Error(`Bit ${bit} of ${place}.`)
    }
  }
})
