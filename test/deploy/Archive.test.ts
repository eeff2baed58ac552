import * as Archive from "@edgeol/deploy/Archive"
import fc from "fast-check"
import { expect, test } from "vitest"

const part = fc.stringMatching(/^[\w@+-][\w@+.-]{0,9}$/)
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"))
const files = fc
  .uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 700 })), { selector: ([name]) => name, maxLength: 5 })
  .map((entries) => new Map(entries))

test("reading gives back what was written, whatever the order of the files", () =>
  fc.assert(
    fc.asyncProperty(files, async (some) => {
      const bytes = await Archive.write(some)
      const again = await Archive.read(bytes)
      expect([...again].map(([name, content]) => [name, [...content]])).toEqual(
        [...some].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, content]) => [name, [...content]])
      )
      expect(Buffer.compare(bytes, await Archive.write(new Map([...some].toReversed())))).toBe(0)
    })
  ))

interface Member {
  readonly name: string
  /** The letter of its kind in a ustar header; 0 is a file. */
  readonly kind?: string
  readonly link?: string
}

/** An archive as other programs make it: with a time, an owner, and members of all kinds. */
const foreign = (...members: ReadonlyArray<Member>) =>
  Buffer.concat([...members.flatMap(({ name, kind = "0", link = "" }) => member(name, kind, link)), Buffer.alloc(1024)])

const member = (name: string, kind: string, link: string) => {
  const header = Buffer.alloc(512)
  const put = (text: string, at: number) => header.write(text, at, "latin1")
  put(name.slice(0, 100), 0)
  put("0000777\u00000001750\u00000001750\0", 100)
  put(`${kind === "0" ? "00000000004" : "00000000000"}\u000014000000000\0`, 124)
  put(`        ${kind}${link}`, 148)
  put("ustar\u000000", 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
  return kind === "0" ? [header, Buffer.from("text".padEnd(512, "\0"))] : [header]
}

test.each([
  ["leaves the folder", { name: "../evil" }],
  ["leaves the folder", { name: "a/../../evil" }],
  ["is absolute", { name: "/etc/passwd" }],
  ["is not a plain one", { name: "a//b" }],
  ["is not a plain one", { name: "./a" }],
  ["is not a plain one", { name: ".ssh/authorized_keys" }],
  ["is not a plain one", { name: "a\nb" }],
  ["a symbolic link", { name: "link", kind: "2", link: "/etc/passwd" }],
  ["a hard link", { name: "link", kind: "1", link: "/etc/passwd" }],
  ["a device", { name: "null", kind: "3" }],
  ["a device", { name: "disk", kind: "4" }],
  ["a pipe", { name: "pipe", kind: "6" }],
  ["a folder", { name: "folder", kind: "5" }]
] as const)("refuses a member that %s: %o", async (why, member) => {
  await expect(Archive.read(foreign({ name: "a" }, member))).rejects.toThrow(why)
})

test("refuses a name that is there twice", async () => {
  await expect(Archive.read(foreign({ name: "a" }, { name: "a" }))).rejects.toThrow("it is there twice")
})

test("refuses what another program wrote, though tar would read it", async () => {
  await expect(Archive.read(foreign({ name: "a" }))).rejects.toThrow("was not made by edgeol bundle")
})

test("refuses names that no device should write", async () => {
  await expect(Archive.write(new Map([["../a", new Uint8Array()]]))).rejects.toThrow("leaves the folder")
})
